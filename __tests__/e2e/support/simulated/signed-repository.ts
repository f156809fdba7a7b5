/** Signs a flat apt repository, as Google's Artifact Registry signs its own. Simulated: the key. */
import execa from "execa";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The names of the files that are added to the repository. */
export const SIGNED_INDEX = "InRelease";
export const PUBLIC_KEYS = "keys.asc";

/** The fingerprints of the keys in the file of public keys. */
export interface SigningKeys {
  readonly signer: string;
  /** It signs nothing here; a vendor's file has the keys of earlier years as well. */
  readonly earlier: string;
}

/** Signs the index `Packages` of a repository with a new key. */
export async function signRepository(repository: string): Promise<SigningKeys> {
  // Not in the repository: a socket's path is short.
  const home = mkdtempSync(join(tmpdir(), "gpg-"));
  const gpg = (...args: string[]) => execa("gpg", ["--homedir", home, "--batch", "--quiet", "--yes", ...args]);
  const create = async (name: string) => {
    const user = `${name} <${name}@example.invalid>`;
    await gpg("--passphrase", "", "--quick-generate-key", user, "rsa2048", "sign", "never");
    const { stdout } = await gpg("--list-keys", "--with-colons", user);
    return /^fpr:{9}([0-9A-F]{40}):/m.exec(stdout)![1];
  };
  try {
    const earlier = await create("earlier");
    const signer = await create("signer");
    const packages = readFileSync(join(repository, "Packages"));
    const sum = createHash("sha256").update(packages).digest("hex");
    const release = join(home, "Release");
    const date = new Date().toUTCString().replace("GMT", "UTC");
    writeFileSync(release, `Suite: ./\nDate: ${date}\nSHA256:\n ${sum} ${packages.length} Packages\n`);
    await gpg("--local-user", signer, "--clearsign", "--output", join(repository, SIGNED_INDEX), release);
    await gpg("--armor", "--output", join(repository, PUBLIC_KEYS), "--export", earlier, signer);
    return { signer, earlier };
  } finally {
    await execa("gpgconf", ["--homedir", home, "--kill", "all"], { reject: false });
    rmSync(home, { recursive: true, force: true });
  }
}
