import { Token } from "cdktf";
import { X509Certificate } from "crypto";
import { isIP } from "net";
import { PublishedPort } from "../boot/declaration";
import { invalidInput, quote, requireInteger, requireKnownList, requireMatch } from "../checks/invalid-input";
import { processArgument } from "../checks/process-argument";
import { checkShape, Shape } from "../checks/shape";
import { ContainerImage } from "../images/container-image";
import { proxyImage } from "../images/proxy-image";
import { pinned } from "./container-secrets";
import { HttpHealthCheck, resolveHttpHealthCheck } from "./http-health-check";
import { Updates } from "./https-updates";
import { Secret, SecretName } from "./secret";

/**
 * HTTPS for an app: a proxy beside it (Caddy) that gets certificates for the domains, renews them, and passes requests on.
 *
 * It has the VM's ports 80, which redirects to HTTPS, and 443 (HTTP/1.1, 2 and 3). The app's own port behind it is not
 * published. While the app is replaced by another version, requests wait for it, up to 60 seconds.
 *
 * @see https://caddyserver.com/docs/automatic-https
 */
export interface HttpsOptions {
  /**
   * The host names under which the app is reached, such as `photos.example.com`; the first is that of the app's `url`. Each
   * needs a DNS record with the VM's address, see `dnsZone`, before it gets its certificate.
   *
   * @throws if there is none, if one is given twice, or if one is not a lower-case host name of at least two labels: without
   * wildcards, and without a name that only a private network knows unless `acmeServer` is given
   */
  readonly domains: string[];

  /**
   * The port of the app's container that is behind HTTPS, 1 to 65535. It must speak HTTP without TLS. The other `ports` are
   * published as they are.
   *
   * @default - the TCP port in `ports`, if there is but one; 80 without `ports`. Where it is given, `ports` is empty by default
   * @throws if it is out of range, or if it is left out and `ports` has several TCP ports, or none
   */
  readonly containerPort?: number;

  /**
   * The email address that the authority may write to.
   *
   * @default - none
   * @throws if it does not have the form of one
   * @see https://letsencrypt.org/docs/expiration-emails/
   */
  readonly email?: string;

  /**
   * The Cloud DNS managed zone in which the domains' records are created: its name (not its DNS name), or
   * `projects/PROJECT/managedZones/NAME` for one in another project. Who deploys needs the right to change its records (DNS
   * Administrator). A domain that has a record of type A already must lose that one before.
   *
   * @default - no record is created; `dnsRecords` has those that you create
   * @throws if it does not have that form
   * @see https://cloud.google.com/dns/docs/zones
   */
  readonly dnsZone?: string;

  /**
   * The directory URL of the authority that issues the certificates, by the ACME protocol. Let's Encrypt's own for tests,
   * whose certificates no browser trusts, is `https://acme-staging-v02.api.letsencrypt.org/directory`.
   *
   * @default "https://acme-v02.api.letsencrypt.org/directory" - Let's Encrypt, whose terms you agree to
   * @throws if it is not an https URL
   * @see https://letsencrypt.org/docs/rate-limits/
   */
  readonly acmeServer?: string;

  /**
   * The certificate that `acmeServer` itself is trusted by, where that is a private authority: the text of a PEM file.
   *
   * @default - the authorities that the proxy's image trusts
   * @throws if it is not a certificate in PEM form, or is given without `acmeServer`
   */
  readonly acmeServerCertificate?: string;

  /**
   * A user name and password that browsers ask for before anybody gets to the app (HTTP basic authentication). The app does not
   * see them.
   *
   * @default - none
   * @throws if it is not valid
   */
  readonly basicAuth?: BasicAuth;

  /**
   * The page, HTML in UTF-8, for those whose request has waited for the app in vain. It has the status 503, and tells programs to ask
   * again after 30 seconds. It cannot have files beside it: styles and pictures must be in it.
   *
   * @default - a page that says that the app does not answer just now
   * @throws if it is empty, has a NUL or half a surrogate pair, or is over Linux's limit of 128 KiB
   */
  readonly maintenancePage?: string;

  /**
   * What the app must answer for it to be live, and for a next version to get requests.
   *
   * @default - any answer by HTTP
   * @throws if it is not valid
   */
  readonly healthCheck?: HttpHealthCheck;

  /**
   * Whether the app's next version replaces the one that runs, or starts beside it. The update fails no request either way; with
   * `Updates.REPLACE` those that come during the seconds of the change wait. Overlap is for apps that may run twice at once:
   * what one of the two has in memory only, and writes later, must not undo what the other has written meanwhile. On your
   * computer an update replaces the app in any case.
   *
   * @default Updates.REPLACE
   * @throws if it is `Updates.OVERLAP` and the app has disks, publishes ports of its own, or has no `memoryMib`; or if the
   * machine type has not the memory for two, the sidecars' limits and 512 MiB for the system (known of e2, n1, n2, n2d, t2d
   * and custom machine types)
   */
  readonly updates?: Updates;

  /**
   * The proxy's image, for example the same one in a registry of your own. It needs `caddy` 2.11 or newer on its path, and a
   * shell.
   *
   * @default - Caddy's own, docker.io/library/caddy:2.11.4, by its digest
   */
  readonly image?: ContainerImage;
}

/** A user, and what proves that somebody is. */
export interface BasicAuth {
  /**
   * The user's name.
   *
   * @throws if it is not 1 to 64 letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit
   */
  readonly user: string;

  /**
   * The secret whose value is the bcrypt hash of the password, as `caddy hash-password` prints it, without a line break.
   *
   * @throws if its version is missing
   * @see https://caddyserver.com/docs/command-line#caddy-hash-password
   */
  readonly passwordHash: Secret;
}

const BASIC_AUTH_SHAPE: Shape<BasicAuth> = { user: "string", passwordHash: "secret" };
const BASIC_AUTH_EXAMPLE =
  '{ user: "me", passwordHash: Secret.fromSecretManager("site-password-hash", { version: "1" }) }';

const SHAPE: Shape<HttpsOptions> = {
  domains: 'strings such as ["photos.example.com"]',
  containerPort: "number?",
  email: 'string? such as "me@example.com"',
  dnsZone: 'string? such as "example-com"',
  acmeServer: "string?",
  acmeServerCertificate: "string?",
  basicAuth: "object?",
  maintenancePage: 'string? such as "<h1>Back soon</h1>"',
  healthCheck: 'object? such as { path: "/healthz" }',
  updates: "choice? such as Updates.OVERLAP",
  image: "image?",
};

const EXAMPLE = '{ domains: ["photos.example.com"] }';

export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** The patterns have no lookahead, so that Terraform can check unresolved tokens by them, too. */
export const DOMAIN_PATTERN = "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
export const EMAIL_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@([A-Za-z0-9-]{1,63}\\.)+[A-Za-z0-9-]{1,63}$";
export const USER_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$";
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/** 1 to 65535. */
const PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
export const ACME_SERVER_PATTERN = `^https://${LABEL}(\\.${LABEL})*(:${PORT})?(/[A-Za-z0-9._~/-]*)?$`;
export const MANAGED_ZONE = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?";
const ZONE = new RegExp(`^(projects/([a-z0-9.-]+:)?[a-z0-9-]+/managedZones/)?${MANAGED_ZONE}$`);
export const PEM_PATTERN =
  "^[[:space:]]*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=[:space:]]+-----END CERTIFICATE-----[[:space:]]*)+$";
/** A declaration's limit is that of the VM's metadata. */
const MOST_CERTIFICATE_BYTES = 16 * 1024;

/** DNS's limit for a name. */
const MOST_DOMAIN_CHARACTERS = 253;
/**
 * The names for which no public authority gives a certificate.
 *
 * @see https://www.iana.org/assignments/special-use-domain-names/special-use-domain-names.xhtml
 */
const PRIVATE_NAME = /\.(local|localhost|internal|test|example|invalid|onion|home\.arpa)$/;

/** HTTPS, checked and complete. */
export interface ResolvedHttps {
  readonly domains: readonly string[];
  /** The app's port that the proxy asks. */
  readonly containerPort: number;
  readonly email?: string;
  readonly dnsZone?: string;
  readonly acmeServer: string;
  readonly acmeServerCertificate?: string;
  readonly basicAuth?: { readonly user: string; readonly passwordHash: SecretName };
  readonly maintenancePage?: string;
  readonly healthCheck: ReturnType<typeof resolveHttpHealthCheck>;
  readonly updates: Updates;
  readonly image: ContainerImage;
}

/**
 * Checks the options, and adds the defaults.
 *
 * @param ports the app's own ports
 * @throws if one is not valid, or if it is not known which port is behind HTTPS
 */
export function resolveHttps(options: HttpsOptions, ports: readonly PublishedPort[]): ResolvedHttps {
  checkShape("https", options, SHAPE, { example: EXAMPLE });
  const { domains, email, dnsZone, acmeServer, acmeServerCertificate, image = proxyImage() } = options;
  const { healthCheck = {}, updates = Updates.REPLACE } = options;
  checkDomains(domains, acmeServer !== undefined);
  if (email !== undefined) {
    requireMatch("https.email", email, new RegExp(EMAIL_PATTERN), 'use an address such as "me@example.com"');
  }
  if (dnsZone !== undefined) {
    requireMatch(
      "https.dnsZone",
      dnsZone,
      ZONE,
      'use the name of a managed zone such as "example-com", or "projects/PROJECT/managedZones/NAME" (gcloud dns managed-zones list)',
    );
  }
  checkAuthority(options);
  if (!Object.values(Updates).includes(updates)) {
    throw invalidInput("https.updates", updates, 'use Updates.REPLACE or Updates.OVERLAP ("replace" or "overlap")');
  }
  return {
    domains,
    containerPort: behindHttps(options.containerPort, ports),
    email,
    dnsZone,
    acmeServer: acmeServer ?? LETS_ENCRYPT,
    acmeServerCertificate,
    basicAuth: options.basicAuth && resolveBasicAuth(options.basicAuth),
    maintenancePage: options.maintenancePage === undefined ? undefined : checkedPage(options.maintenancePage),
    healthCheck: resolveHttpHealthCheck(healthCheck),
    updates,
    image,
  };
}

function checkedPage(page: string): string {
  if (page === "") {
    throw invalidInput("https.maintenancePage", page, 'give a page such as "<h1>Back soon</h1>", or leave it out');
  }
  return processArgument("https.maintenancePage", page, "--env=MAINTENANCE_PAGE=");
}

function resolveBasicAuth(given: BasicAuth): ResolvedHttps["basicAuth"] {
  checkShape("https.basicAuth", given, BASIC_AUTH_SHAPE, { example: BASIC_AUTH_EXAMPLE });
  const { user, passwordHash } = given;
  requireMatch(
    "https.basicAuth.user",
    user,
    new RegExp(USER_PATTERN),
    'use 1 to 64 letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit',
  );
  const what = "https.basicAuth.passwordHash";
  return { user, passwordHash: pinned(what, passwordHash._name(what)) };
}

function checkDomains(domains: readonly string[], hasOwnAuthority: boolean): void {
  requireKnownList("https.domains", domains);
  if (domains.length === 0) {
    throw invalidInput("https.domains", domains, 'give at least one host name such as "photos.example.com"');
  }
  domains.forEach((domain, index) => {
    const what = `https.domains[${index}]`;
    checkDomain(what, domain);
    if (!Token.isUnresolved(domain) && !hasOwnAuthority && PRIVATE_NAME.test(domain)) {
      throw invalidInput(
        what,
        domain,
        "no public authority gives a certificate for such a name: use a domain that you own, or name a private authority with acmeServer",
      );
    }
    const other = domains.indexOf(domain);
    if (other < index) {
      throw invalidInput(what, domain, `https.domains[${other}] is the same: give each once`);
    }
  });
}

function checkDomain(what: string, domain: string): void {
  if (Token.isUnresolved(domain)) {
    return;
  }
  if (domain.startsWith("*.")) {
    throw invalidInput(what, domain, "certificates for wildcards are not supported: name each host");
  }
  if (isIP(domain)) {
    throw invalidInput(what, domain, 'use a host name such as "photos.example.com", not an address');
  }
  if (!new RegExp(DOMAIN_PATTERN).test(domain) || domain.length > MOST_DOMAIN_CHARACTERS) {
    throw invalidInput(
      what,
      domain,
      `use a host name such as "photos.example.com": at least two labels of lower-case letters, digits and "-", at most ${MOST_DOMAIN_CHARACTERS} characters, without scheme, port or final dot (an internationalized one in its xn-- form)`,
    );
  }
}

function checkAuthority({ acmeServer, acmeServerCertificate: certificate }: HttpsOptions): void {
  if (acmeServer !== undefined) {
    requireMatch(
      "https.acmeServer",
      acmeServer,
      new RegExp(ACME_SERVER_PATTERN),
      'use the https URL of an ACME directory such as "https://acme-staging-v02.api.letsencrypt.org/directory"',
    );
  }
  if (certificate === undefined) {
    return;
  }
  if (acmeServer === undefined) {
    throw new Error(
      "https.acmeServerCertificate is for a private authority, and acmeServer is missing: give the authority's directory URL too, or neither",
    );
  }
  if (!Token.isUnresolved(certificate) && !isCertificate(certificate)) {
    throw invalidInput(
      "https.acmeServerCertificate",
      certificate,
      `use the text of a PEM file with certificates ("-----BEGIN CERTIFICATE-----…") of at most ${MOST_CERTIFICATE_BYTES} bytes, and no private key`,
    );
  }
}

function isCertificate(text: string): boolean {
  if (
    !new RegExp(PEM_PATTERN.replace(/\[:space:\]/g, " \\t\\n\\v\\f\\r")).test(text) ||
    Buffer.byteLength(text) > MOST_CERTIFICATE_BYTES
  ) {
    return false;
  }
  try {
    // It reads but the first of a text.
    return text
      .split(/(?=-----BEGIN)/)
      .filter((block) => block.trim() !== "")
      .every((block) => new X509Certificate(block).subject !== "");
  } catch {
    return false;
  }
}

function behindHttps(given: number | undefined, ports: readonly PublishedPort[]): number {
  if (given !== undefined) {
    requireInteger("https.containerPort", given, 1, 65535);
    return given;
  }
  const tcp = [...new Set(ports.filter(({ protocol }) => protocol === "tcp").map((port) => port.containerPort))];
  if (tcp.length !== 1) {
    const found =
      tcp.length === 0 ? "ports has no TCP port" : `ports has the TCP ports ${tcp.map(quote).join(" and ")}`;
    throw new Error(
      `https.containerPort is missing: ${found}: say with it which port of the container is behind HTTPS`,
    );
  }
  return tcp[0];
}
