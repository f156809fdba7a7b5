/**
 * Lets this host find the simulated Artifact Registry under Google's own names, and trust it: for the engine, which pushes,
 * and for the docker provider, which reads the digest by itself. What was there before comes back at the end.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "../registry";

const HOSTS_FILE = "/etc/hosts";
const SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const MARK = "# gcs-backed-container-app e2e";

export interface HostTrust {
  /** For programs that make TLS connections of their own. */
  readonly env: { readonly SSL_CERT_FILE: string };
  end(): void;
}

export function trustRegistry(registry: Registry): HostTrust {
  const authority = readFileSync(registry.caFile, "utf8");
  const folder = mkdtempSync(join(tmpdir(), "e2e-trust-"));
  const bundle = join(folder, "ca-certificates.crt");
  writeFileSync(bundle, `${readFileSync(SYSTEM_CERTIFICATES, "utf8")}\n${authority}`);

  const certificates = registry.hosts.map((host) => join("/etc/docker/certs.d", host));
  certificates.forEach((directory) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "ca.crt"), authority);
  });
  const lines = registry.hosts.map((host) => `${registry.address} ${host} ${MARK}\n`);
  writeFileSync(HOSTS_FILE, withoutMarked() + lines.join(""));
  return {
    env: { SSL_CERT_FILE: bundle },
    end: () => {
      writeFileSync(HOSTS_FILE, withoutMarked());
      certificates.filter(existsSync).forEach((directory) => rmSync(directory, { recursive: true }));
      rmSync(folder, { recursive: true });
    },
  };
}

/** The hosts file without what a run of these tests wrote, also one that was cut off. */
function withoutMarked(): string {
  const lines = readFileSync(HOSTS_FILE, "utf8").split("\n");
  return lines.filter((line) => !line.endsWith(MARK)).join("\n");
}
