/** That apt accepts the packages of gcsfuse from the key that the Dockerfile names, and from no other: the real apt. */
import execa from "execa";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PUBLIC_KEYS, SigningKeys, signRepository } from "./support/simulated/signed-repository";

const dockerfile = readFileSync(join(__dirname, "../../container/gcsfuse/Dockerfile"), "utf8");
const [, keyring, fingerprint] = /\[signed-by=([^,\]]+),([0-9A-F]{40})\] https:/.exec(dockerfile)!;

const folder = mkdtempSync(join(tmpdir(), "gcsfuse-key-"));
const repository = join(folder, "repository");
let keys: SigningKeys;

beforeAll(async () => {
  // apt fetches as its own user.
  chmodSync(folder, 0o755);
  mkdirSync(repository);
  writeFileSync(join(repository, "Packages"), "");
  keys = await signRepository(repository);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `apt-get update` says with this source alone. */
async function update(signedBy: string): Promise<{ failed: boolean; output: string }> {
  const root = mkdtempSync(join(folder, "apt-"));
  chmodSync(root, 0o755);
  const folders = ["etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "etc/trusted.gpg.d"];
  for (const name of [...folders, "state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, "status"), "");
  writeFileSync(join(root, "etc/sources.list"), `deb [signed-by=${signedBy}] file:${repository} ./\n`);
  const options = [`Etc=${root}/etc`, `State=${root}/state`, `State::status=${root}/status`, `Cache=${root}/cache`];
  const { failed, all } = await execa("apt-get", [...options.flatMap((option) => ["-o", `Dir::${option}`]), "update"], {
    all: true,
    reject: false,
  });
  return { failed, output: all ?? "" };
}

/** The Dockerfile's option, with the test's keys in the place of Google's. */
const option = (accepted: string) =>
  `${keyring},${accepted}`.replace("/usr/share/keyrings/gcsfuse.asc", join(repository, PUBLIC_KEYS));

test("the key with the fingerprint is accepted", async () => {
  expect(await update(option(keys.signer))).toMatchObject({ failed: false });
});

test.each<[string, () => string]>([
  ["another key of the same file", () => keys.earlier],
  ["Google's key, of which the file has another", () => fingerprint],
])("with the fingerprint of %s it is refused", async (_, named) => {
  const { failed, output } = await update(option(named()));
  expect(failed).toBe(true);
  expect(output).toContain("is not signed");
});
