import execa from "execa";
import { existsSync } from "node:fs";
import { dockerEngine } from "../real/docker-engine";
import { ownerLabelArgs } from "../real/docker-leftovers";

/** A network of the test's own between the machines and the simulated services, which listen on its gateway address. */
export interface TestNetwork {
  readonly name: string;
  /** The address of this host in the network; it does not exist outside this host. */
  readonly gateway: string;
  readonly subnet: string;
  /** An address that nobody has yet. */
  nextAddress(): string;
  close(): Promise<void>;
}

/** Compute Engine's own. */
const mtu = "1460";

/**
 * The network has no way out: what is not simulated cannot be reached. Its subnets are cut from that of us-east1 in a
 * default network of Google Cloud.
 */
export async function createTestNetwork(): Promise<TestNetwork> {
  const { docker } = await dockerEngine();
  for (let index = 0; ; index++) {
    const prefix = `10.142.${index % 16}`;
    const name = `e2e-${process.pid}-${index}`;
    const { failed, stderr } = await docker(
      [
        ...["network", "create", "--internal", "--subnet", `${prefix}.0/24`, "--gateway", `${prefix}.1`],
        ...["--opt", `com.docker.network.driver.mtu=${mtu}`, "--opt", `com.docker.network.bridge.name=${name}`],
        ...[...ownerLabelArgs(), name],
      ],
      { reject: false },
    );
    if (failed) {
      if (index > 16 || !/overlap|already exists/.test(stderr)) throw new Error(`no network for the test: ${stderr}`);
      continue;
    }
    let last = 9;
    return {
      name,
      gateway: `${prefix}.1`,
      subnet: `${prefix}.0/24`,
      nextAddress: () => `${prefix}.${++last}`,
      close: async () => void (await docker(["network", "rm", name])),
    };
  }
}

/**
 * Bridges of test runs that are over. An engine that was killed leaves them behind, and nothing of the next network of the
 * same subnet would reach this host.
 */
export async function removeLeftoverBridges(): Promise<void> {
  const { stdout } = await execa("ip", ["-json", "link", "show", "type", "bridge"]);
  for (const { ifname } of JSON.parse(stdout || "[]") as { ifname: string }[]) {
    const owner = /^e2e-(\d+)-\d+$/.exec(ifname)?.[1];
    if (owner && !existsSync(`/proc/${owner}`)) await execa("ip", ["link", "delete", ifname], { reject: false });
  }
}
