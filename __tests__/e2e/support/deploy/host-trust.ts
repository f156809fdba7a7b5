/**
 * Lets this host find the simulated Artifact Registry under Google's own names, and trust it: for the engine, which pushes,
 * and for the docker provider, which reads the digest by itself. What was there before comes back at the end.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../real/file-lock";
import { Registry } from "../simulated/image-registry";

const HOSTS_FILE = "/etc/hosts";
const SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const MARK = "# gcs-backed-container-app e2e";

export interface HostTrust {
  /** For programs that make TLS connections of their own. */
  readonly env: { readonly SSL_CERT_FILE: string };
  end(): Promise<void>;
}

export async function trustRegistry(registry: Registry): Promise<HostTrust> {
  const authority = readFileSync(registry.caFile, "utf8");
  const folder = mkdtempSync(join(tmpdir(), "e2e-trust-"));
  const bundle = join(folder, "ca-certificates.crt");
  writeFileSync(bundle, `${readFileSync(SYSTEM_CERTIFICATES, "utf8")}\n${authority}`);

  const certificates = registry.hosts.map((host) => join("/etc/docker/certs.d", host));
  certificates.forEach((directory) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "ca.crt"), authority);
  });
  await writeHosts(Object.fromEntries(registry.hosts.map((host) => [host, registry.address])));
  return {
    env: { SSL_CERT_FILE: bundle },
    end: async () => {
      await writeHosts(Object.fromEntries(registry.hosts.map((host) => [host, undefined])));
      certificates.filter(existsSync).forEach((directory) => rmSync(directory, { recursive: true }));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Gives names an address, or none; what a run of these tests that was cut off wrote of them goes. */
function writeHosts(addresses: Record<string, string | undefined>): Promise<void> {
  return withLock("hosts-file", async () => {
    const isOurs = (line: string) => Object.keys(addresses).some((host) => line.endsWith(` ${host} ${MARK}`));
    const others = readFileSync(HOSTS_FILE, "utf8")
      .split("\n")
      .filter((line) => !isOurs(line));
    const added = Object.entries(addresses).filter(([, address]) => address !== undefined);
    const lines = added.map(([host, address]) => `${address} ${host} ${MARK}\n`);
    writeFileSync(HOSTS_FILE, others.join("\n") + lines.join(""));
  });
}
