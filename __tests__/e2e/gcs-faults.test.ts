/** What is left of uploads when the simulated Cloud Storage, or gcsfuse itself, fails: what close() acknowledged must be there. */
import execa from "execa";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./support/eventually";
import { freePort } from "./support/real/free-port";
import { type Gcs, startGcs } from "./support/simulated/cloud-storage/cloud-storage";
import { GcsfuseMount } from "./support/real/gcsfuse-mount";
import { failureOnMount, onMount, type Upload, uploadMany } from "./support/real/on-mount";
import { endProcess, helperProcess } from "./support/real/helper-process";

const bucket = "files";
const seed = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000);
let folder: string;
let gcs: Gcs;
let mount: GcsfuseMount;

beforeAll(async () => {
  process.stdout.write(`E2E_SEED=${seed}\n`);
  folder = mkdtempSync(join(tmpdir(), "gcs-faults-"));
  const dataDir = join(folder, "data");
  gcs = await startGcs({ bucketNames: [bucket], anonymous: true, dataDir, listenHost: "127.0.0.1" });
});

beforeEach(async () => {
  mount = await GcsfuseMount.start({ bucket, endpoint: gcs.endpoint, folder });
});

afterEach(async () => {
  gcs.faults.clear();
  gcs.deny(false);
  await gcs.outage(false);
  await mount.stop();
});

afterAll(async () => {
  await GcsfuseMount.stopAll();
  await gcs?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every upload that was acknowledged is in the bucket, byte for byte. */
async function expectKept(uploads: readonly Upload[]): Promise<void> {
  for (const { name } of uploads.filter(({ error }) => !error)) {
    expect(gcs.objects(bucket, name).map((object) => object.name)).toContain(name);
  }
  for (const { name, sha256 } of uploads.filter(({ error }) => !error)) {
    expect({ name, sha256: await gcs.sha256(bucket, name) }).toEqual({ name, sha256 });
  }
}

function sizes(count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => [0, 1, 4000, 300_000, 3_000_000, index % 4 ? 5_000_000 : 40_000_000][index % 6],
  );
}

test("errors, resets and latency at random: all uploads succeed and are kept", async () => {
  gcs.faults.set({
    seed,
    rules: [
      { probability: 0.2, latencyMs: [0, 200] },
      { probability: 0.1, status: 503 },
      { probability: 0.05, status: 500 },
      { probability: 0.05, status: 429 },
      { probability: 0.05, cut: "before" },
      { probability: 0.05, cut: "request" },
      { operations: ["read", "stat", "list"], probability: 0.05, cut: "answer" },
    ],
  });
  const uploads = await uploadMany(mount.path, "random-", sizes(48), 8);
  expect(gcs.requests.filter(({ fault }) => fault).length).toBeGreaterThan(10);
  expect(uploads.filter(({ error }) => error)).toEqual([]);
  await expectKept(uploads);
  const listed = await onMount('cd "$1"; sha256sum random-*', mount.path);
  expect(listed.split("\n").sort()).toEqual(uploads.map(({ name, sha256 }) => `${sha256}  ${name}`).sort());
});

test("a lost acknowledgement never turns into a false success", async () => {
  gcs.faults.set({
    seed,
    rules: [{ operations: ["insert", "upload-start", "upload-chunk"], probability: 0.3, cut: "acknowledgement" }],
  });
  const uploads = await uploadMany(mount.path, "lost-", sizes(36), 4);
  const failed = uploads.filter(({ error }) => error);
  process.stdout.write(
    `lost acknowledgements: ${gcs.requests.filter(({ fault }) => fault === "acknowledgement").length}, ` +
      `uploads ${uploads.length}, of which failed ${failed.length} (${[...new Set(failed.map(({ error }) => error))]})\n`,
  );
  await expectKept(uploads);
});

test("a large upload whose last acknowledgement is lost succeeds by asking again", async () => {
  gcs.faults.set({ rules: [{ operations: ["upload-chunk"], times: 3, cut: "acknowledgement" }] });
  const uploads = await uploadMany(mount.path, "resumed-", [80_000_000], 1);
  expect(uploads[0].error).toBeUndefined();
  await expectKept(uploads);
});

test("403: refused at once, and fine again at once", async () => {
  gcs.deny(true);
  expect(await failureOnMount('ls "$1"', mount.path)).toContain("Permission denied");
  expect(await failureOnMount('echo x > "$1"', mount.at("denied"))).toContain("Permission denied");
  gcs.deny(false);
  await onMount('echo x > "$1"; ls "$2"', mount.at("denied"), mount.path);
  expect((await gcs.read(bucket, "denied")).toString()).toBe("x\n");
});

test("403 between the bytes and the close: the close fails", async () => {
  const writing = failureOnMount('{ printf lost; sleep 2; } | tee "$1" > /dev/null', mount.at("denied-late"));
  await sleep(1000);
  gcs.deny(true);
  expect(await writing).toMatch(/denied-late: (Input\/output error|Permission denied)/);
});

/** ESTALE, as node knows it. */
const STALE = "Unknown system error -116";

/**
 * Where connections are reset, each of the two uploads under way may lose the acknowledgement of what is in the bucket
 * already. gcsfuse sends it again, is told that the object is there, and takes that for another writer's.
 */
test.each([
  ["refuse", 20, 2],
  ["hang", 13, 0],
] as const)("an outage (%s, %i s) in the middle of uploads: they wait and succeed", async (mode, seconds, mayFail) => {
  const uploading = uploadMany(mount.path, `outage-${mode}-`, [...sizes(12), 100_000_000], 2);
  await eventually(() => gcs.objects(bucket, `outage-${mode}-`).length > 2);
  await gcs.outage(mode);
  await sleep(seconds * 1000);
  await gcs.outage(false);
  const uploads = await uploading;
  const failed = uploads.filter(({ error }) => error);
  expect(failed.filter(({ error }) => error !== STALE)).toEqual([]);
  expect(failed.length).toBeLessThanOrEqual(mayFail);
  // Also those that failed: only their acknowledgement was lost.
  await expectKept(uploads.map(({ name, sha256 }) => ({ name, sha256 })));
});

test("kill -9 of gcsfuse: what was acknowledged is kept, what was not leaves no half object", async () => {
  const uploading = uploadMany(
    mount.path,
    "killed-",
    Array.from({ length: 40 }, (_, i) => (i % 2 ? 40_000_000 : 100_000)),
    4,
  );
  await eventually(() => gcs.objects(bucket, "killed-").length > 6);
  mount.process.kill("SIGKILL");
  const uploads = await uploading;
  expect(uploads.some(({ error }) => error)).toBe(true);
  expect(uploads.some(({ error }) => !error)).toBe(true);
  await expectKept(uploads);
  const complete = new Set(uploads.map(({ sha256 }) => sha256));
  for (const { name, content } of gcs.objects(bucket, "killed-")) {
    // An empty object may stand for a file that was opened only.
    expect(content.size === 0 || complete.has(await gcs.sha256(bucket, name))).toBe(true);
  }
});

test("kill -9 of the server between and during uploads: nothing acknowledged is lost", async () => {
  const dataDir = join(folder, "own-process");
  const port = await freePort();
  const main = join(__dirname, "support", "simulated", "cloud-storage", "cloud-storage-process.ts");
  const launch = () =>
    helperProcess("node", ["-r", "sucrase/register/ts", main, dataDir, "127.0.0.1", `${port}`, bucket]);
  const endpoint = `http://127.0.0.1:${port}/storage/v1/`;
  let server = launch();
  const own = await GcsfuseMount.start({ bucket, endpoint, folder });
  try {
    const uploading = uploadMany(own.path, "server-", sizes(48), 3);
    for (let kills = 0; kills < 4; kills += 1) {
      await sleep(1500);
      server.kill("SIGKILL");
      await server;
      server = launch();
    }
    const uploads = await uploading;
    await endProcess(server);
    const after = await startGcs({ bucketNames: [], anonymous: true, dataDir, listenHost: "127.0.0.1" });
    const kept = Object.fromEntries(
      await Promise.all(
        after.objects(bucket).map(async ({ name }) => [name, await after.sha256(bucket, name)] as const),
      ),
    );
    await after.close();
    const acknowledged = uploads.filter(({ error }) => !error);
    expect(acknowledged.length).toBeGreaterThan(uploads.length / 2);
    expect(acknowledged.filter(({ name, sha256 }) => kept[name] !== sha256)).toEqual([]);
  } finally {
    await own.stop();
    await endProcess(server);
  }
});

test("who waits for the bucket cannot be killed, until gcsfuse is", async () => {
  await gcs.outage("refuse");
  const waiting = execa("stat", [mount.at("never-asked-before")], { reject: false });
  await sleep(1000);
  waiting.kill("SIGKILL");
  expect(await Promise.race([waiting, sleep(2000, "still there")])).toBe("still there");
  mount.process.kill("SIGKILL");
  await waiting;
});
