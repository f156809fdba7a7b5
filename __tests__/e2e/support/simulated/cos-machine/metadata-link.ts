/**
 * Simulated: the way from a machine to the metadata server and DNS, both at 169.254.169.254 as on Compute Engine.
 * The address is in a network namespace of its own that only the machine's namespace is linked to, by a virtual cable:
 * so a container's packets to it are forwarded by the machine, through the same firewall chains as on a real one, and
 * none can ever leave the machine, which has a blackhole route where the cable is missing.
 */
import execa from "execa";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess, helperProcess } from "../../real/helper-process";

const address = "169.254.169.254";

export interface MetadataLink {
  /** Plugs the cable into the network namespace of a process; it goes with that namespace. */
  plugInto(pid: number, machineAddress: string): Promise<void>;
  close(): Promise<void>;
}

/** `hosts`: the names that DNS knows, with their addresses; all other names do not exist. */
export async function startMetadataLink(
  metadataSocket: string,
  hosts: Readonly<Record<string, string>>,
): Promise<MetadataLink> {
  const records = { "metadata.google.internal": address, metadata: address, ...hosts };
  const dns = helperProcess("unshare", [
    ...["--net", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file="],
    ...["--no-resolv", "--no-hosts", "--cache-size=0", "--address=/#/"],
    ...Object.entries(records).map(([name, target]) => `--address=/${name}/${target}`),
  ]);
  const pid = dns.pid as number;
  const inNamespace = ["--net", `--target=${pid}`];
  await namespaceOf(pid);
  // On 443 the real one speaks TLS; here it is enough that there is something to be cut off from.
  const listeners = [80, 443].map((port) =>
    helperProcess("nsenter", [
      ...inNamespace,
      ...["socat", `TCP-LISTEN:${port},fork,reuseaddr,backlog=128`, `UNIX-CONNECT:${metadataSocket}`],
    ]),
  );
  return {
    plugInto: async (machine, machineAddress) => {
      const commands: [pid: number, script: string][] = [
        // A machine that was killed may keep its namespace, and with it the cable, for a while.
        [
          pid,
          `ip link delete cable 2>/dev/null || true; ` +
            `ip link add cable netns ${pid} type veth peer name metadata0 netns ${machine}`,
        ],
        [
          pid,
          `ip addr replace ${address}/32 dev cable; ip link set cable up; ip route add ${machineAddress} dev cable`,
        ],
        [
          machine,
          `ip addr add ${machineAddress}/32 dev metadata0; ip link set metadata0 up; ` +
            `ip route add ${address} dev metadata0 src ${machineAddress}`,
        ],
      ];
      for (const [target, script] of commands) {
        await execa("nsenter", ["--net", `--target=${target}`, "sh", "-ec", script]);
      }
    },
    close: async () => {
      await Promise.all(listeners.map(endProcess));
      await endProcess(dns);
    },
  };
}

/** Until the process has left the host's namespace. */
async function namespaceOf(pid: number): Promise<void> {
  for (let tries = 0; readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "dnsmasq"; tries++) {
    if (tries > 200) throw new Error("dnsmasq does not start");
    await sleep(10);
  }
}
