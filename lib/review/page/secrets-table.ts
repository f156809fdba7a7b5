import { ContainerDeclaration } from "../../boot/declaration";
import { App } from "../apps/apps";
import { FORMS, nameOf, secretsIn, variableOf } from "../apps/declared-secrets";
import { Block, Text, value } from "../format/document";

/**
 * Which secrets a container gets, and as what. Their values are known to nobody here.
 *
 * @param of what follows the title, for example ` of sidecar db`
 */
export function secretBlocks(declaration: ContainerDeclaration, kind: App["kind"], of = ""): Block[] {
  const rows = FORMS.flatMap(([key, what]) =>
    Object.entries(secretsIn(declaration, key)).map(([name, secret]): Text[] => [
      [`${what} `, value(name)],
      [
        value(kind === "local" ? variableOf(secret) : nameOf(secret)),
        kind === "vm" && secret.version === "latest" ? ": the newest version, read whenever the container starts" : "",
      ],
    ]),
  );
  const from = kind === "local" ? "from a variable of who deploys, or of the secrets file" : "from Secret Manager";
  return rows.length === 0 ? [] : [{ kind: "table", head: [`secret${of}`, from], rows }];
}
