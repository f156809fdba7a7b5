import { Token } from "cdktf";
import { PublishedPort } from "../boot/declaration";
import { caddyfileWord, PROXY_GRACE_SECONDS, renderCaddyfile } from "../boot/caddyfile";
import { invalidInput } from "../checks/invalid-input";
import { RestartPolicy } from "./container-process";
import { CreatedDisk } from "./disk";
import { ResolvedHttps } from "./https-options";
import { LocalHttps, localHosts, localUrl } from "./local-https";
import { ResolvedSidecar } from "./sidecar";

/** The proxy's name among the sidecars. */
export const PROXY_NAME = "https";

/** The ports of the host that the proxy has: of the one for HTTPS, UDP is HTTP/3. */
function portsOf(local: LocalHttps | undefined): readonly PublishedPort[] {
  const { httpPort, httpsPort } = local ?? { httpPort: 80, httpsPort: 443 };
  return [
    { containerPort: 80, hostPort: httpPort, protocol: "tcp" },
    // The same inside: whom it sends from HTTP to HTTPS it tells the port that it has itself.
    { containerPort: httpsPort, hostPort: httpsPort, protocol: "tcp" },
    { containerPort: httpsPort, hostPort: httpsPort, protocol: "udp" },
  ];
}

/**
 * The disk with the certificates and their keys, where neither the app nor who reads its buckets can see them: a VM that is
 * replaced serves the same ones. Certificates can be had again, and copies of keys are no good: no snapshot is taken, and the
 * disk goes with the app. 10 GB are the least that Compute Engine has.
 */
const CERTIFICATES: { readonly name: string; readonly path: string; readonly disk: CreatedDisk } = {
  name: "certificates",
  path: "/data",
  disk: {
    sizeGb: 10,
    deleteDataOnDestroy: true,
    toMove: "take https out of the app's props and deploy, and add it again: another certificate is asked for then",
  },
};

/** A container's limit in MiB: many connections at once must not take the app's memory. Caddy keeps to it by itself. */
const MEMORY_MIB = 256;

const CADDYFILE = "/etc/caddy/Caddyfile";
/** The variables that have basicAuth's user and the hash of the password. */
const BASIC_AUTH_USER = "BASIC_AUTH_USER";
const PASSWORD_HASH = "PASSWORD_HASH";
/** The variable that has the page of one's own. */
const MAINTENANCE_PAGE = "MAINTENANCE_PAGE";
const AUTHORITY = "/etc/caddy/acme-server.pem";

/** Writes what the environment has into files, and becomes Caddy; not with a hash that nobody's password has. */
const START = [
  'if [ "${PASSWORD_HASH+x}" ]; then case $PASSWORD_HASH in *[!./A-Za-z0-9$]* | "") false ;; *) printf %s "$PASSWORD_HASH" | ' +
    `grep -Eqx '[$]2[aby][$][0-9]{2}[$][./A-Za-z0-9]{53}' ;; esac || { echo "the secret of https.basicAuth is no bcrypt hash" >&2; exit 64; }; fi`,
  "mkdir -p /etc/caddy",
  `printf '%s' "$CADDYFILE" >${CADDYFILE}`,
  `printf '%s' "$ACME_SERVER_CERTIFICATE" >${AUTHORITY}`,
  `exec caddy run --config ${CADDYFILE} --adapter caddyfile`,
].join(" && ");

/**
 * The proxy: one more container beside the app, so that whatever holds for sidecars holds for it.
 *
 * @param further what the app and its sidecars publish beside it
 * @param local where the local stack serves, which has an authority of its own
 */
export function proxySidecar(
  https: ResolvedHttps,
  further: readonly PublishedPort[],
  local?: LocalHttps,
): ResolvedSidecar {
  const { domains, containerPort, basicAuth, maintenancePage, image } = https;
  const { acmeServer, acmeServerCertificate, email }: Partial<ResolvedHttps> = local === undefined ? https : {};
  const hosts = local === undefined ? domains : [...localHosts(local), ...domains];
  const caddyfile = renderCaddyfile(
    {
      addresses: local === undefined ? domains : hosts.map((host) => localUrl(host, local)),
      unnamedHost: local && localHosts(local)[1],
      // With its final dot it is looked up as it is: without, while the app is away, the VM's search domains would make
      // another machine of the project that has the name "app" out of it.
      upstream: `app.:${containerPort}`,
      acmeServer,
      email,
      acmeServerCertificateFile: acmeServerCertificate === undefined ? undefined : AUTHORITY,
      basicAuth: basicAuth && { userVariable: BASIC_AUTH_USER, hashVariable: PASSWORD_HASH },
      maintenancePageVariable: maintenancePage === undefined ? undefined : MAINTENANCE_PAGE,
      // It holds for every port of a domain: plain HTTP on another one could no longer be reached. On localhost that would
      // be other programs'.
      strictTransportSecurity: local === undefined && further.every(({ protocol }) => protocol !== "tcp"),
    },
    // What Terraform puts in later is one plain word: see token-checks.ts.
    (text) => (Token.isUnresolved(text) ? text : caddyfileWord(text)),
  );
  return {
    name: PROXY_NAME,
    image,
    process: {
      environment: {
        CADDYFILE: caddyfile,
        ...(acmeServerCertificate !== undefined && { ACME_SERVER_CERTIFICATE: acmeServerCertificate }),
        ...(basicAuth !== undefined && { [BASIC_AUTH_USER]: basicAuth.user }),
        ...(maintenancePage !== undefined && { [MAINTENANCE_PAGE]: maintenancePage }),
      },
      entrypoint: ["/bin/sh", "-c"],
      args: [START],
      restartPolicy: RestartPolicy.ALWAYS,
      stopTimeoutSeconds: 2 * PROXY_GRACE_SECONDS,
      memoryMib: MEMORY_MIB,
    },
    mounts: [],
    disks: [CERTIFICATES],
    ports: portsOf(local),
    secrets: { environment: basicAuth === undefined ? {} : { [PASSWORD_HASH]: basicAuth.passwordHash }, files: {} },
    certificatesFor: hosts,
    secretNames: [],
  };
}

/** Whether a port of the app is the one behind the proxy, which is not published. */
export function isBehind(https: ResolvedHttps | undefined, { protocol, containerPort }: PublishedPort): boolean {
  return https !== undefined && protocol === "tcp" && containerPort === https.containerPort;
}

/**
 * Checks that nobody else publishes what the proxy does.
 *
 * @param ports the ports of a container
 * @param list what a message calls them
 * @throws if somebody does
 */
export function requireProxyPortsFree(
  ports: readonly PublishedPort[],
  list: string,
  { https, local }: { readonly https: ResolvedHttps; readonly local?: LocalHttps },
): void {
  ports.forEach((port, index) => {
    const taken = portsOf(local).some(
      ({ hostPort, protocol }) => hostPort === port.hostPort && protocol === port.protocol,
    );
    if (taken && (list !== "ports" || !isBehind(https, port))) {
      throw invalidInput(
        `${list}[${index}].hostPort`,
        port.hostPort,
        "https publishes it: give another one, or leave the port out",
      );
    }
  });
}

/**
 * Checks that no sidecar of the user has the proxy's name.
 *
 * @throws if one has
 */
export function requireProxyNameFree(sidecars: readonly ResolvedSidecar[]): void {
  const index = sidecars.findIndex(({ name }) => name === PROXY_NAME);
  if (index >= 0) {
    throw invalidInput(`sidecars[${index}].name`, PROXY_NAME, "the proxy of https has it: use another one");
  }
}
