import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../..");

/** The committed files' state in this folder: what another person's clone has, executable bits included. */
function trackedFiles(): { name: string; executable: boolean }[] {
  return execFileSync(
    "git",
    ["ls-files", "--stage", "-z", "--", "main.ts", "cdktf.json", "tsconfig.json", "scripts", "lib", "container"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  )
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => ({ name: line.slice(line.indexOf("\t") + 1), executable: line.startsWith("100755") }));
}

/** What `npm ci` creates in a clone. */
const BUNDLE = ["server.js", "list-objects.js"].map((name) => ({
  name: join("container/gcs-emulator", name),
  executable: false,
}));

/** As git checks it out under a umask. */
function clone(umask: number): string {
  const before = process.umask(umask);
  try {
    const folder = join(mkdtempSync(join(tmpdir(), "clone-")), umask.toString(8));
    for (const { name, executable } of [...trackedFiles(), ...BUNDLE]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), readFileSync(join(ROOT, name)), { mode: executable ? 0o777 : 0o666 });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    return folder;
  } finally {
    process.umask(before);
  }
}

/** As `cdktf synth` runs it; as another user where one is given. */
function synthesize(folder: string, umask: number, uid?: number): { stack: string; contexts: string[] } {
  const { app } = JSON.parse(readFileSync(join(folder, "cdktf.json"), "utf8"));
  if (uid !== undefined) {
    execFileSync("chown", ["-R", String(uid), dirname(folder)]);
  }
  execFileSync("sh", ["-c", `umask ${umask.toString(8)} && exec ${app}`], {
    cwd: folder,
    uid,
    env: { PATH: process.env.PATH, HOME: folder, GOOGLE_CLOUD_PROJECT: "demo-project-123" },
  });
  const stack = join(folder, "cdktf.out/stacks/cloud");
  return {
    stack: readFileSync(join(stack, "cdk.tf.json"), "utf8"),
    contexts: readdirSync(join(stack, "assets"), { recursive: true, encoding: "utf8" }).sort(),
  };
}

const nobody = 65534;
/** Only root may act as another user, and that one must be able to read this checkout. */
const mayRun = spawnSync("test", ["-r", join(ROOT, "package.json")], { uid: nobody }).status === 0;
const users = mayRun ? "of different users" : 'of one user ("nobody" cannot read this checkout, or this is not root)';

test(`two clones ${users}, under different umasks, in different folders, are the same stack with the same images`, () => {
  const clones: [number, number | undefined][] = [
    [0o022, undefined],
    [0o077, mayRun ? nobody : undefined],
  ];
  const [one, two] = clones.map(([umask, uid]) => {
    const folder = clone(umask);
    const result = synthesize(folder, umask, uid);
    expect(result.stack).not.toContain(folder);
    rmSync(dirname(folder), { recursive: true });
    return result;
  });
  expect(two.stack).toBe(one.stack);
  expect(two.contexts).toEqual(one.contexts);
  expect(one.stack.match(/\/(app|gcsfuse):[0-9a-f]{32}"/g)?.length).toBeGreaterThan(0);
}, 120_000);
