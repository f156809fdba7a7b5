import { ContainerDeclaration, containersOf, Declaration } from "./boot/declaration";
import { PLAIN_PATH_TOKEN, PLAIN_TOKEN } from "./checks/plain-text";
import { JSON_TOKEN } from "./terraform/json-text";
import { TokenCheck } from "./terraform/preconditions";
import { tokenParts } from "./terraform/template-text";

const ALLOWED =
  "the VM does not take it: use text without line breaks, control characters, double quotes and backslashes";

/**
 * The checks of a declaration's strings that Terraform must make if they are unresolved tokens: the VM would refuse them
 * only after the deployment. The environment's values, entrypoint and args may be nearly any text.
 */
export function tokenChecks(declaration: Declaration): TokenCheck[] {
  const { gcsfuse, registries } = declaration;
  const [app, ...sidecars] = containersOf(declaration).map(containerChecks);
  return [
    ...app,
    plain("the gcsfuse image's reference", gcsfuse.image),
    ...registries.map((host) => plain("the registry's host", host)),
    ...sidecars.flat(),
    ...(declaration.sidecars ?? []).flatMap(({ healthCheck }, sidecar) =>
      (healthCheck?.command ?? []).flatMap((value, index) =>
        argument(`sidecars[${sidecar}].healthCheck.command[${index}]`, value),
      ),
    ),
  ];
}

/** @param prefix the text before the name of the app's own prop, for example `sidecars[0].` */
function containerChecks({ prefix, container }: { prefix: string; container: ContainerDeclaration }): TokenCheck[] {
  const { image, user, restartPolicy, environment, ports, mounts, entrypoint = [], args = [] } = container;
  const of = prefix === "" ? "" : ` of ${prefix.slice(0, -1)}`;
  return [
    plain(`the image's reference${of}`, image),
    ...(user === undefined ? [] : [plain(`${prefix}user`, user)]),
    {
      what: `${prefix}restartPolicy`,
      value: restartPolicy,
      pattern: "^(always|on-failure|no)$",
      allowed: `${ALLOWED}: "always", "on-failure" or "no"`,
    },
    ...Object.keys(environment).map((name) => ({
      what: `the name of an environment variable${of}`,
      value: name,
      pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$",
      allowed: `${ALLOWED}: letters, digits, "_", "." and "-"`,
    })),
    ...Object.values(environment).flatMap((value) => argument(`the value of an environment variable${of}`, value)),
    ...entrypoint.flatMap((value, index) => argument(`${prefix}entrypoint[${index}]`, value)),
    ...args.flatMap((value, index) => argument(`${prefix}args[${index}]`, value)),
    ...ports.flatMap(({ hostAddress }) => (hostAddress === undefined ? [] : [plain("hostAddress", hostAddress)])),
    ...mounts.flatMap((mount, index) => [
      {
        what: `${prefix}mounts[${index}].path`,
        value: mount.path,
        pattern: PLAIN_PATH_TOKEN,
        allowed: `${ALLOWED}, beginning with "/" and without a comma`,
      },
      plain(`the bucket of ${prefix}mounts[${index}]`, mount.bucket),
      ...textsOf(mount.gcsfuseConfig).map((value) => plain(`the gcsfuse config of ${prefix}mounts[${index}]`, value)),
    ]),
  ];
}

function plain(what: string, value: string): TokenCheck {
  return { what, value, pattern: PLAIN_TOKEN, allowed: ALLOWED };
}

/** Of each token by itself, since a mark at its start would join the literal before it. */
function argument(what: string, value: string): TokenCheck[] {
  return tokenParts(value).map((part) => ({
    what,
    value: part,
    pattern: JSON_TOKEN,
    allowed:
      "Terraform would change it: use text in which no combining mark comes first or after a control character, a backslash, <, > or &",
  }));
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
