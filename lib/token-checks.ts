import { BootSpec } from "./boot/spec";
import { PLAIN_PATH_TOKEN, PLAIN_TOKEN } from "./checks/plain-text";
import { TokenCheck } from "./terraform/preconditions";

const ALLOWED =
  "it ends up in files of the VM: use text without line breaks, control characters, double quotes and backslashes";

/**
 * The checks of a boot spec's strings that Terraform must make if they are unresolved tokens: they are written into
 * files without quoting, and a line break, for example, would add a line to the file. Values in base64 need no check.
 */
export function tokenChecks({ app, mounts, gcsfuse, registries, layout }: BootSpec): TokenCheck[] {
  return [
    plain("name", layout.containerLabel),
    plain("the image's reference", app.image),
    plain("the gcsfuse image's reference", gcsfuse.image),
    ...(app.user === undefined ? [] : [plain("user", app.user)]),
    {
      what: "restartPolicy",
      value: app.restartPolicy,
      pattern: "^(always|on-failure|no)$",
      allowed: `${ALLOWED}: "always", "on-failure" or "no"`,
    },
    ...app.environment.map(({ name }) => ({
      what: "the name of an environment variable",
      value: name,
      pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$",
      allowed: `${ALLOWED}: letters, digits, "_", "." and "-"`,
    })),
    ...app.ports.flatMap(({ hostAddress }) => (hostAddress === undefined ? [] : [plain("hostAddress", hostAddress)])),
    ...registries.map((host) => plain("the registry's host", host)),
    ...mounts.flatMap((mount, index) => [
      {
        what: `mounts[${index}].path`,
        value: mount.path,
        pattern: PLAIN_PATH_TOKEN,
        allowed: `${ALLOWED}, beginning with "/" and without a comma`,
      },
      plain(`the bucket of mounts[${index}]`, mount.bucket),
      ...textsOf(mount.config).map((value) => plain(`the gcsfuse config of mounts[${index}]`, value)),
    ]),
  ];
}

function plain(what: string, value: string): TokenCheck {
  return { what, value, pattern: PLAIN_TOKEN, allowed: ALLOWED };
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
