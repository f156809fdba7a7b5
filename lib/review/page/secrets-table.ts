import { ContainerDeclaration } from "../../boot/declaration";
import { FORMS, nameOf, secretsIn } from "../apps/declared-secrets";
import { Block, Text, value } from "../format/document";

/**
 * Which secrets a container gets, and as what. Their values are known to nobody here.
 *
 * @param of what follows the title, for example ` of sidecar db`
 */
export function secretBlocks(declaration: ContainerDeclaration, of = ""): Block[] {
  const rows = FORMS.flatMap(([key, what]) =>
    Object.entries(secretsIn(declaration, key)).map(([name, secret]): Text[] => [
      [`${what} `, value(name)],
      [
        value(nameOf(secret)),
        secret.version === "latest" ? ": the newest version, read whenever the container starts" : "",
      ],
    ]),
  );
  return rows.length === 0 ? [] : [{ kind: "table", head: [`secret${of}`, "from Secret Manager"], rows }];
}
