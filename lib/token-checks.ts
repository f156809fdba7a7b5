import { ContainerDeclaration, containersOf, Declaration } from "./boot/declaration";
import {
  ACME_SERVER_PATTERN,
  DOMAIN_PATTERN,
  EMAIL_PATTERN,
  MANAGED_ZONE,
  PEM_PATTERN,
  ResolvedHttps,
  USER_PATTERN,
} from "./props/https-options";
import { HTTP_PATH_PATTERN } from "./props/http-health-check";
import { SECRET_ID } from "./props/secret";
import { PLAIN_PATH_TOKEN, PLAIN_TOKEN } from "./checks/plain-text";
import { JSON_TOKEN } from "./terraform/json-text";
import { TokenCheck } from "./terraform/preconditions";
import { tokenParts } from "./terraform/template-text";

const ALLOWED =
  "the VM does not take it: use text without line breaks, control characters, double quotes and backslashes";

/** A name, or a number without leading zeros, as the declaration's schema has it. RE2 has no lookahead. */
const NAME_OR_NUMBER = "(0|[1-9][0-9]*|[0-9]*[A-Za-z_][A-Za-z0-9_.-]*|[0-9]+[.-][A-Za-z0-9_.-]*)";

const IPV4_PATTERN = "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$";

/** The values of `user` that the VM takes. */
export const USER_TOKEN = `^${NAME_OR_NUMBER}(:${NAME_OR_NUMBER})?$`;

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
  const { image, user, restartPolicy, environment, ports, mounts, disks = [], entrypoint = [], args = [] } = container;
  const of = prefix === "" ? "" : ` of ${prefix.slice(0, -1)}`;
  return [
    plain(`the image's reference${of}`, image),
    ...(user === undefined
      ? []
      : [
          {
            what: `${prefix}user`,
            value: user,
            pattern: USER_TOKEN,
            allowed: `${ALLOWED}: a name, or a number without leading zeros, and a group likewise after a colon`,
          },
        ]),
    {
      what: `${prefix}restartPolicy`,
      value: restartPolicy,
      pattern: "^(always|on-failure|no)$",
      allowed: `${ALLOWED}: "always", "on-failure" or "no"`,
    },
    ...Object.keys(environment).map((name) => variableName(`the name of an environment variable${of}`, name)),
    ...Object.values(environment).flatMap((value) => argument(`the value of an environment variable${of}`, value)),
    ...secretChecks(container, prefix),
    ...entrypoint.flatMap((value, index) => argument(`${prefix}entrypoint[${index}]`, value)),
    ...args.flatMap((value, index) => argument(`${prefix}args[${index}]`, value)),
    ...ports.flatMap(({ hostAddress }) => (hostAddress === undefined ? [] : [plain("hostAddress", hostAddress)])),
    ...mounts.flatMap((mount, index) => [
      path(`${prefix}mounts[${index}].path`, mount.path),
      plain(`the bucket of ${prefix}mounts[${index}]`, mount.bucket),
      ...textsOf(mount.gcsfuseConfig).map((value) => plain(`the gcsfuse config of ${prefix}mounts[${index}]`, value)),
    ]),
    ...disks.flatMap((disk, index) => [
      path(`${prefix}disks[${index}].path`, disk.path),
      ...(disk.disk === undefined ? [] : [plain("name", disk.disk)]),
    ]),
  ];
}

function path(what: string, value: string): TokenCheck {
  return {
    what,
    value,
    pattern: PLAIN_PATH_TOKEN,
    allowed: `${ALLOWED}, beginning with "/", without a comma, and without empty, "." or ".." segments`,
  };
}

function secretChecks({ secrets = {}, secretFiles = {} }: ContainerDeclaration, prefix: string): TokenCheck[] {
  return [
    ...Object.keys(secrets).map((name) => variableName(`the name of a variable in ${prefix}secrets`, name)),
    ...Object.keys(secretFiles).map((path, index) => ({
      what: `the path of ${prefix}secretFiles[${index}]`,
      value: path,
      pattern: PLAIN_PATH_TOKEN,
      allowed: `${ALLOWED}, beginning with "/" and without a comma`,
    })),
    ...[
      ...Object.values(secrets).map((secret, index) => ({ ...secret, what: `${prefix}secrets[${index}]` })),
      ...Object.values(secretFiles).map((secret, index) => ({ ...secret, what: `${prefix}secretFiles[${index}]` })),
    ].flatMap(({ what, secret, version }) => [
      {
        what: `the name of ${what}`,
        value: secret,
        pattern: `^projects/[a-z0-9.:-]+/secrets/${SECRET_ID}$`,
        allowed: 'use the id of a secret such as "db-password", or its full name "projects/PROJECT/secrets/SECRET"',
      },
      {
        what: `the version of ${what}`,
        value: version,
        pattern: "^([1-9][0-9]*|latest)$",
        allowed: 'use the number of a version, or "latest"',
      },
    ]),
  ];
}

/**
 * The checks of what becomes a word of the proxy's Caddyfile: nothing that passes is more than one plain word there, so that
 * no value says anything else to the proxy.
 *
 * @param hostAddress that of the local stack, which is one of its names
 */
export function httpsTokenChecks(https: ResolvedHttps, hostAddress?: string): TokenCheck[] {
  const check = (what: string, value: string | undefined, pattern: string, allowed: string): TokenCheck[] =>
    value === undefined ? [] : [{ what: `https.${what}`, value, pattern, allowed }];
  return [
    ...(hostAddress === undefined
      ? []
      : [{ what: "hostAddress", value: hostAddress, pattern: IPV4_PATTERN, allowed: "use an IPv4 address" }]),
    ...https.domains.flatMap((domain, index) =>
      check(`domains[${index}]`, domain, DOMAIN_PATTERN, 'use a lower-case host name such as "photos.example.com"'),
    ),
    ...check("basicAuth.user", https.basicAuth?.user, USER_PATTERN, 'use letters, digits, ".", "_", "@", "+" and "-"'),
    ...check("email", https.email, EMAIL_PATTERN, 'use an address such as "me@example.com"'),
    ...check("acmeServer", https.acmeServer, ACME_SERVER_PATTERN, "use the https URL of an ACME directory"),
    ...check(
      "healthCheck.path",
      https.healthCheck.path,
      HTTP_PATH_PATTERN,
      'use a path that begins with "/", of printable ASCII without spaces, #, backslashes and double quotes',
    ),
    ...check(
      "dnsZone",
      https.dnsZone,
      `^${MANAGED_ZONE}$`,
      'use the name of a managed zone such as "example-com", without the project',
    ),
    ...check(
      "acmeServerCertificate",
      https.acmeServerCertificate,
      PEM_PATTERN,
      "use the text of a PEM file with certificates, and no private key",
    ),
  ];
}

function variableName(what: string, value: string): TokenCheck {
  return {
    what,
    value,
    pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$",
    allowed: `${ALLOWED}: letters, digits, "_", "." and "-"`,
  };
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
