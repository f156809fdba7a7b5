import { invalidInput, requireInteger, requireOneOf } from "../checks/invalid-input";
import { PublishedPort } from "../boot/spec";

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
  /** The port that the app listens on, 1 to 65535. */
  readonly containerPort: number;

  /**
   * The port on the machine, 1 to 65535; 22 is the VM's own (SSH).
   *
   * @default - the same as `containerPort`
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

/**
 * The ports with their defaults.
 *
 * @throws if a port is out of range, is the VM's own, or is published twice
 */
export function publishedPorts(ports: readonly PortMapping[] = DEFAULT_PORTS): PublishedPort[] {
  const published = ports.map(({ containerPort, hostPort = containerPort, protocol = Protocol.TCP }) => {
    requireInteger("containerPort", containerPort, 1, 65535);
    requireInteger("hostPort", hostPort, 1, 65535);
    requireOneOf("protocol", protocol, Object.values(Protocol));
    if (hostPort === 22 && protocol === Protocol.TCP) {
      throw invalidInput(
        "hostPort",
        hostPort,
        "the VM's own SSH server has it: publish the container's port on another one",
      );
    }
    return { containerPort, hostPort, protocol };
  });
  const seen = new Set<string>();
  for (const { hostPort, protocol } of published) {
    const key = `${hostPort}/${protocol}`;
    if (seen.has(key)) {
      throw invalidInput("ports", key, "it is published twice: give each hostPort once");
    }
    seen.add(key);
  }
  return published;
}
