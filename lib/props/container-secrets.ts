import { Fn, Token } from "cdktf";
import { ContainerDeclaration, SecretVersion } from "../boot/declaration";
import { checkContainerPath, isInside } from "../checks/container-path";
import { invalidInput, quote } from "../checks/invalid-input";
import { checkVariableName, compareNames } from "./environment";
import { argumentsOf, rawString, tokenExpression } from "../terraform/template-text";
import { Secret, SecretName } from "./secret";

/** What a container is given, as far as secrets have to do with it. */
export interface ContainerSecretsOptions {
  readonly environment?: { readonly [name: string]: string };
  readonly secrets?: { readonly [name: string]: Secret };
  readonly secretFiles?: { readonly [path: string]: Secret };
}

/** The secrets of a container, checked, except that names may have no project yet. */
export interface ContainerSecrets {
  readonly environment: { readonly [variable: string]: SecretName };
  readonly files: { readonly [path: string]: SecretName };
}

const LATEST = "latest";

const EXAMPLE = "/run/secrets/db-password";
/** File systems of the kernel's own, in which nothing can be mounted. */
const KERNEL = ["/dev", "/proc", "/sys"];
/** Folders of nearly every image, where no file can be. */
const FOLDERS = [
  ...["/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/root", "/run", "/run/secrets"],
  ...["/sbin", "/srv", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/var", "/var/lib", "/var/run"],
];

/**
 * Checks the secrets of one container.
 *
 * @param options what the container is given
 * @param folders the paths of the container at which something is mounted
 * @param prefix the text before the name of a prop in a message, for example `sidecars[0].`
 * @throws if a name is taken already, if a version is missing, or if a path is not valid
 */
export function resolveSecrets(
  options: ContainerSecretsOptions,
  folders: readonly string[] = [],
  prefix = "",
): ContainerSecrets {
  const { environment = {}, secrets = {}, secretFiles = {} } = options;
  const variables = Object.entries(secrets).sort(([a], [b]) => compareNames(a, b));
  const paths = Object.entries(secretFiles).sort(([a], [b]) => compareNames(a, b));
  paths.forEach(([path], index) => {
    const earlier = paths.slice(0, index).map(([other]) => other);
    checkPath(`path of ${prefix}secretFiles`, path, { folders, earlier });
  });
  return {
    environment: Object.fromEntries(
      variables.map(([name, secret]) => {
        checkVariableName(name, prefix, "secrets");
        if (Object.keys(environment).includes(name)) {
          throw invalidInput(`${prefix}secrets`, name, "environment has the same variable: give it only once");
        }
        return [name, pinned(`${prefix}secrets.${name}`, secret._name(`${prefix}secrets.${name}`))];
      }),
    ),
    files: Object.fromEntries(
      paths.map(([path, secret]) => {
        const name = secret._name(`${prefix}secretFiles[${quote(path)}]`);
        return [path, { ...name, version: name.version ?? LATEST }];
      }),
    ),
  };
}

/**
 * A name whose version is said. A variable is read once: a container that is started again would get another value, unasked.
 *
 * @throws if the version is missing
 */
export function pinned(what: string, name: SecretName): SecretName {
  if (name.version === undefined) {
    throw new Error(
      `version of ${what} is missing: give the number of a version such as { version: "3" }, or { version: "latest" } to have the newest one read whenever the container starts`,
    );
  }
  return name;
}

function checkPath(
  what: string,
  path: string,
  { folders, earlier }: { folders: readonly string[]; earlier: readonly string[] },
): void {
  if (Token.isUnresolved(path)) {
    return;
  }
  checkContainerPath(what, path, EXAMPLE);
  const kernel = KERNEL.find((folder) => isInside(path, folder));
  if (kernel !== undefined) {
    throw invalidInput(what, path, `"${kernel}" is the kernel's: use a path such as "${EXAMPLE}"`);
  }
  if (FOLDERS.includes(path)) {
    throw invalidInput(what, path, `it is a folder: give the path of the file, such as "${path}/db-password"`);
  }
  const overlaps = (other: string) => !Token.isUnresolved(other) && (isInside(path, other) || isInside(other, path));
  const folder = folders.find(overlaps);
  if (folder !== undefined) {
    throw invalidInput(
      what,
      path,
      `it overlaps with the mount or disk at ${quote(folder)}, in which an empty file would be left: use a path outside of it such as "${EXAMPLE}"`,
    );
  }
  const other = earlier.find(overlaps);
  if (other !== undefined) {
    throw invalidInput(what, path, `it overlaps with ${quote(other)}, which is a file: use another path`);
  }
}

/**
 * The secrets of a container in a declaration: nothing where there are none.
 *
 * @param project the project of the names that have none
 */
export function declareSecrets(
  secrets: ContainerSecrets,
  project: string,
): Pick<ContainerDeclaration, "secrets" | "secretFiles"> {
  const versions = (names: { readonly [key: string]: SecretName }) =>
    Object.fromEntries(Object.entries(names).map(([key, name]) => [key, versionOf(name, project)]));
  return {
    ...(Object.keys(secrets.environment).length > 0 && { secrets: versions(secrets.environment) }),
    ...(Object.keys(secrets.files).length > 0 && { secretFiles: versions(secrets.files) }),
  };
}

/** A secret, by the name that was given and by its full one. */
export interface SecretId {
  /** As it was given; perhaps an unresolved token. */
  readonly name: string;
  /** That of a name that has none itself. */
  readonly project: string;
  readonly fullName: string;
}

/** The secrets of a container, a secret perhaps more than once. */
export function secretIds(secrets: ContainerSecrets, project: string): SecretId[] {
  return [...Object.values(secrets.environment), ...Object.values(secrets.files)].map((name) => ({
    name: name.secret,
    project: name.project ?? project,
    fullName: versionOf(name, project).secret,
  }));
}

function versionOf(name: SecretName, project: string): SecretVersion {
  return { secret: fullName(name.secret, name.project ?? project), version: name.version ?? LATEST };
}

/** Whether an unresolved token has a project, only Terraform can tell. */
function fullName(secret: string, project: string): string {
  if (!Token.isUnresolved(secret)) {
    return secret.includes("/") ? secret : `projects/${project}/secrets/${secret}`;
  }
  const full = Fn.join("", [...argumentsOf(`projects/${project}/secrets/`), "$1"]);
  return Token.asString(Fn.replace(tokenExpression(secret), rawString("/^([^/]*)$/"), full));
}
