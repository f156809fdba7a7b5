import { ContainerDeclaration, SecretVersion } from "../boot/declaration";
import { Change } from "./change";
import { Block, Text, value } from "./document";
import { isObject, own } from "./json";

type Secrets = { readonly [name: string]: SecretVersion };

/** The two ways in which a container is given a secret. */
const FORMS = [
  ["secrets", "secret in environment variable"],
  ["secretFiles", "secret in file"],
] as const;

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

export function secretChanges(before: ContainerDeclaration, after: ContainerDeclaration): Change[] {
  return FORMS.flatMap(([key, what]) => {
    const [old, wanted] = [secretsIn(before, key), secretsIn(after, key)];
    return [...new Set([...Object.keys(old), ...Object.keys(wanted)])]
      .sort()
      .map((name): Change => ({
        what,
        name,
        before: versionIn(old, name),
        after: versionIn(wanted, name),
        effect: "app restarts",
      }))
      .filter((change) => change.before !== change.after);
  });
}

function secretsIn(declaration: ContainerDeclaration, key: "secrets" | "secretFiles"): Secrets {
  // What was written by hand may be of another shape.
  const found = declaration[key];
  const entries = isObject(found) ? Object.entries<SecretVersion>(declaration[key] ?? {}) : [];
  return Object.fromEntries(entries.filter(([, secret]) => isObject(secret)));
}

function versionIn(secrets: Secrets, name: string): string | undefined {
  const secret = own(secrets, name);
  return secret && nameOf(secret);
}

function nameOf({ secret, version }: SecretVersion): string {
  return `${secret}/versions/${version}`;
}
