import { Token } from "cdktf";
import { invalidInput, requireInteger, requireOneOf } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";
import { PublishedPort } from "../boot/declaration";

/** A transport protocol. */
export enum Protocol {
  /** TCP. */
  TCP = "tcp",
  /** UDP. */
  UDP = "udp",
}

/**
 * A port of the container that is published (Docker's `--publish`).
 *
 * @see https://docs.docker.com/engine/network/port-publishing/
 */
export interface PortMapping {
  /**
   * The port that the app listens on, 1 to 65535.
   *
   * @throws if it is out of range
   */
  readonly containerPort: number;

  /**
   * The port of the VM, or of your computer for the local stack, 1 to 65535. The VM's own SSH server has port 22.
   *
   * @default - the same as `containerPort`
   * @throws if it is out of range, is 22 (TCP), or is published twice
   */
  readonly hostPort?: number;

  /**
   * The transport protocol.
   *
   * @default Protocol.TCP
   */
  readonly protocol?: Protocol;
}

const DEFAULT_PORTS: PortMapping[] = [{ containerPort: 80 }];

const SHAPE: Shape<PortMapping> = { containerPort: "number", hostPort: "number?", protocol: "string?" };

/**
 * Checks the ports of a container, and adds the defaults.
 *
 * @param list what a message calls the list
 * @throws if a port is out of range, is the VM's SSH port, or is published twice
 */
export function publishedPorts(ports: readonly PortMapping[] = DEFAULT_PORTS, list = "ports"): PublishedPort[] {
  // Spread, so that the holes of a list are seen as undefined.
  [...ports].forEach((port, index) =>
    checkShape(`${list}[${index}]`, port, SHAPE, { example: "{ containerPort: 80 }" }),
  );
  const published = ports.map(({ containerPort, hostPort = containerPort, protocol = Protocol.TCP }, index) => {
    const what = `${list}[${index}]`;
    requireInteger(`${what}.containerPort`, containerPort, 1, 65535);
    requireInteger(`${what}.hostPort`, hostPort, 1, 65535);
    // The firewall and the app's address depend on it.
    if (Token.isUnresolved(protocol)) {
      throw new Error(`${what}.protocol is an unresolved token: use "tcp" or "udp" that is known at synthesis`);
    }
    requireOneOf(`${what}.protocol`, protocol, Object.values(Protocol));
    if (hostPort === 22 && protocol === Protocol.TCP) {
      throw invalidInput(
        `${what}.hostPort`,
        hostPort,
        "the VM's own SSH server has it: publish the container's port on another one",
      );
    }
    return { containerPort, hostPort, protocol };
  });
  requireDistinctPorts([{ what: list, ports: published }]);
  return published;
}

/** Checks that no port of the host is published twice, by one container or by two. */
export function requireDistinctPorts(
  lists: readonly { readonly what: string; readonly ports: readonly PublishedPort[] }[],
): void {
  const seen = new Set<string>();
  for (const { what, ports } of lists) {
    ports.forEach(({ hostPort, protocol }, index) => {
      const key = `${hostPort}/${protocol}`;
      if (seen.has(key)) {
        throw invalidInput(`${what}[${index}]`, key, "it is published twice: give each hostPort once");
      }
      seen.add(key);
    });
  }
}

/** The URL of the app, by its first TCP port; undefined if it publishes none. */
export function urlOf(host: string, ports: readonly PublishedPort[]): string | undefined {
  const port = ports.find(({ protocol }) => protocol === "tcp");
  return port && `http://${host}${port.hostPort === 80 ? "" : `:${port.hostPort}`}`;
}
