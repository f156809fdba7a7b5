import { invalidInput, requireInteger } from "../checks/invalid-input";

/** Where the local stack serves HTTPS. */
export interface LocalHttps {
  /** The IPv4 address that the ports are published on. */
  readonly hostAddress: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** The root certificate of the proxy's own authority, in its container. */
export const ROOT_CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt";

export interface LocalHttpsPorts {
  readonly httpPort?: number;
  readonly httpsPort?: number;
}

/**
 * Checks the ports, and adds the defaults.
 *
 * @throws if one is not valid, or if both are the same
 */
export function resolveLocalHttps(ports: LocalHttpsPorts, hostAddress: string): LocalHttps {
  const { httpPort = 80, httpsPort = 443 } = ports;
  requireInteger("httpPort", httpPort, 1, 65535);
  requireInteger("httpsPort", httpsPort, 1, 65535);
  if (httpsPort === 80) {
    throw invalidInput("httpsPort", httpsPort, "it is the port of HTTP without TLS: use another one such as 8443");
  }
  if (httpPort === httpsPort) {
    throw invalidInput("httpPort", httpPort, "httpsPort is the same: give another one");
  }
  return { hostAddress, httpPort, httpsPort };
}

/**
 * Checks that no port is given for what is not there.
 *
 * @throws if one is
 */
export function requireNoHttpsPorts(ports: LocalHttpsPorts): void {
  for (const what of ["httpPort", "httpsPort"] as const) {
    if (ports[what] !== undefined) {
      throw invalidInput(what, ports[what], "it is the proxy's, and https is missing: give https, or leave it out");
    }
  }
}

/** The host by which this computer's browser reaches an address of it. */
export function browsedHost(hostAddress: string): string {
  return ["127.0.0.1", "0.0.0.0"].includes(hostAddress) ? "localhost" : hostAddress;
}

/** The names of this computer for which there are certificates; the second is its address. */
export function localHosts({ hostAddress }: LocalHttps): readonly string[] {
  return ["localhost", hostAddress === "0.0.0.0" ? "127.0.0.1" : hostAddress];
}

export function localUrl(host: string, { httpsPort }: LocalHttps): string {
  return `https://${host}${httpsPort === 443 ? "" : `:${httpsPort}`}`;
}
