/** The real gcsfuse on the simulated Cloud Storage: what the file system calls of apps turn into. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { eventually } from "./support/eventually";
import { type Gcs, startGcs } from "./support/simulated/cloud-storage/cloud-storage";
import { GcsfuseMount } from "./support/real/gcsfuse-mount";
import { failureOnMount, onMount, writeAndWait } from "./support/real/on-mount";
import { startTokenServer, type TokenServer } from "./support/simulated/cloud-storage/token-server";

const bucket = "files";
let folder: string;
let gcs: Gcs;
let tokens: TokenServer;
let mount: GcsfuseMount;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gcs-"));
  chmodSync(folder, 0o755);
  tokens = await startTokenServer("first-token");
  gcs = await startGcs({
    bucketNames: [bucket],
    tokens: () => [tokens.token],
    dataDir: join(folder, "data"),
    listenHost: "127.0.0.1",
  });
  mount = await mountBucket();
});

afterAll(async () => {
  await mount?.stop();
  await gcs?.close();
  await tokens?.close();
  rmSync(folder, { recursive: true, force: true });
});

function mountBucket(config?: Record<string, object | string | boolean>, name = bucket): Promise<GcsfuseMount> {
  return GcsfuseMount.start({ bucket: name, endpoint: gcs.endpoint, metadataHost: tokens.host, folder, config });
}

async function text(name: string): Promise<string> {
  return (await gcs.read(bucket, name)).toString();
}

function names(prefix: string): string[] {
  return gcs.objects(bucket, prefix).map(({ name }) => name);
}

test("requests carry the metadata server's token; one that is no longer valid is replaced; none gets in without", async () => {
  gcs.requests.length = 0;
  await onMount('echo one > "$1"', mount.at("token-1"));
  expect(gcs.requests.length).toBeGreaterThan(2);
  expect(gcs.requests.filter(({ tokenOk }) => !tokenOk)).toEqual([]);
  tokens.token = "second-token";
  await onMount('echo two > "$1"', mount.at("token-2"));
  expect(names("token-")).toEqual(["token-1", "token-2"]);
  expect(gcs.requests.filter(({ tokenOk, status }) => !tokenOk && status !== 401)).toEqual([]);
  for (const authorization of [undefined, "Bearer first-token", "Bearer "]) {
    const answer = await fetch(`${gcs.endpoint}b/${bucket}/o`, { headers: authorization ? { authorization } : {} });
    expect(answer.status).toBe(401);
  }
});

test("write, read back, overwrite, append, edit in the middle, truncate", async () => {
  const file = mount.at("file");
  await onMount('printf first > "$1"; cat "$1"', file);
  expect(await text("file")).toBe("first");
  await onMount('printf second > "$1"', file);
  expect(await text("file")).toBe("second");
  await onMount('printf " and more" >> "$1"', file);
  expect(await text("file")).toBe("second and more");
  await onMount('printf XYZ | dd of="$1" bs=1 seek=3 conv=notrunc status=none', file);
  expect(await text("file")).toBe("secXYZ and more");
  await onMount('truncate -s 6 "$1"', file);
  expect(await text("file")).toBe("secXYZ");
  expect(await onMount('cat "$1"', file)).toBe("secXYZ");
});

test("an append to a file above gcsfuse's threshold for composing keeps every byte", async () => {
  await onMount('head -c 5000000 /dev/urandom > "$1"', mount.at("big-append"));
  const before = await gcs.read(bucket, "big-append");
  gcs.requests.length = 0;
  await onMount('printf tail >> "$1"', mount.at("big-append"));
  const after = await gcs.read(bucket, "big-append");
  expect(after.equals(Buffer.concat([before, Buffer.from("tail")]))).toBe(true);
  expect(gcs.requests.some(({ operation }) => operation === "compose")).toBe(true);
});

test("folders, renames and removals", async () => {
  const top = mount.at("top");
  await onMount('mkdir -p "$1/a/b"; echo 1 > "$1/a/b/one"; echo 2 > "$1/two"', top);
  expect(names("top")).toEqual(["top/", "top/a/", "top/a/b/", "top/a/b/one", "top/two"]);
  await onMount('mv "$1/two" "$1/a/three"; mv "$1/a" "$1/z"', top);
  expect(names("top")).toEqual(["top/", "top/z/", "top/z/b/", "top/z/b/one", "top/z/three"]);
  expect(await text("top/z/three")).toBe("2\n");
  await onMount('echo new > "$1/.tmp"; mv "$1/.tmp" "$1/z/three"', top);
  expect(await text("top/z/three")).toBe("new\n");
  expect(await failureOnMount('rmdir "$1"', top)).toContain("Directory not empty");
  await onMount('rm -r "$1"', top);
  expect(names("top")).toEqual([]);
});

test("a file and a folder of the same name in the bucket are both kept", async () => {
  await gcs.put(bucket, "both", "file");
  await gcs.put(bucket, "both/inside", "inside");
  expect(names("both")).toEqual(["both", "both/inside"]);
  expect(await onMount('cat "$1"', mount.at("both", "inside"))).toBe("inside");
});

test.each([
  "with spaces",
  "é composed",
  "é decomposed".normalize("NFD"),
  "100%",
  "a%20b",
  "%2F",
  "plus+plus",
  "hash#hash",
  "question?mark=1&x",
  "back\\slash",
  "quote'\"",
  "semi;colon,comma",
  "日本語 🎉",
  "-leading",
  "dot.",
  "x".repeat(200),
])("the name %s arrives as it is", async (name) => {
  const path = mount.at("names", name);
  await onMount('mkdir -p "$(dirname "$1")"; printf "%s" "$2" > "$1"', path, name);
  expect(names(`names/${name}`)).toEqual([`names/${name}`]);
  expect(await text(`names/${name}`)).toBe(name);
  expect(await onMount('cat -- "$1"', path)).toBe(name);
  expect((await onMount('ls -N -- "$1"', mount.at("names"))).split("\n")).toContain(name);
  await onMount('mv -- "$1" "$1.moved"; rm -- "$1.moved"', path);
  expect(names(`names/${name}`)).toEqual([]);
});

test("300 MiB stream through with bounded memory of gcsfuse and of the server", async () => {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
  const written = await onMount('head -c 314572800 /dev/urandom | tee "$1" | sha256sum', mount.at("large"));
  expect(written).toContain(await gcs.sha256(bucket, "large"));
  expect(await onMount('sha256sum < "$1"', mount.at("large"))).toBe(written);
  clearInterval(watch);
  expect(mount.memory()).toBeLessThan(300);
  expect((most - before) / 2 ** 20).toBeLessThan(200);
});

test("lists 3000 files", async () => {
  const expected = Array.from({ length: 3000 }, (_, index) => `file-${String(index).padStart(4, "0")}`);
  for (const name of expected) {
    await gcs.put(bucket, `many/${name}`, "x");
  }
  expect((await onMount('ls "$1"', mount.at("many"))).split("\n")).toEqual(expected);
});

test("of two writers of one file the first to close wins, and the other is told by a stale handle", async () => {
  const other = await mountBucket();
  try {
    await onMount('echo before > "$1"', mount.at("contended"));
    const [firstSign, secondSign] = ["first", "second"].map((name) => join(folder, name));
    const written = (sign: string): Promise<unknown> =>
      eventually(() => existsSync(`${sign}.written`), { timeoutMs: 30_000, everyMs: 50, what: `${sign}.written` });
    const firstWriter = writeAndWait(mount.at("contended"), "first!", firstSign);
    const secondWriter = writeAndWait(other.at("contended"), "second", secondSign);
    await Promise.all([
      Promise.race([firstWriter, written(firstSign)]),
      Promise.race([secondWriter, written(secondSign)]),
    ]);
    writeFileSync(`${firstSign}.close`, "");
    const [first] = await Promise.allSettled([firstWriter]);
    writeFileSync(`${secondSign}.close`, "");
    const [second] = await Promise.allSettled([secondWriter]);
    expect(first.status).toBe("fulfilled");
    expect(await text("contended")).toBe("first!\n");
    expect(`${(second as PromiseRejectedResult).reason}`).toContain("error -116"); // ESTALE
  } finally {
    await other.stop();
  }
});

test("only-dir: a prefix that does not exist yet is an empty folder, and writing creates it", async () => {
  const part = await mountBucket({ "only-dir": "new/prefix, with space" });
  try {
    expect(await onMount('ls -A "$1"', part.path)).toBe("");
    await onMount('echo x > "$1/f"; mkdir "$1/sub"', part.path);
    expect(names("new/")).toEqual(["new/prefix, with space/f", "new/prefix, with space/sub/"]);
  } finally {
    await part.stop();
  }
});

test("a missing bucket mounts, looks empty and refuses writes", async () => {
  const missing = await mountBucket({}, "missing-bucket");
  try {
    expect(await onMount('ls -A "$1"', missing.path)).toBe("");
    expect(await failureOnMount('cp /etc/hostname "$1"', missing.at("f"))).toContain("No such file or directory");
  } finally {
    await missing.stop();
  }
});

test("the owner's chmod and utimes succeed, hard links and others' chmod do not", async () => {
  const owned = await mountBucket({ "file-system": { uid: 1234, gid: 1235, "file-mode": "664", "dir-mode": "775" } });
  try {
    const file = owned.at("owned");
    const as = (uid: number): string => `setpriv --reuid ${uid} --regid 1235 --clear-groups`;
    await onMount(
      `${as(1234)} sh -c 'echo x > "$0"' "$1"; ${as(1234)} chmod 600 "$1"; ${as(1234)} touch -d 2001-02-03T00:00Z "$1"`,
      file,
    );
    expect(await onMount('stat -c "%a %u %g %Y" "$1"', file)).toBe(`664 1234 1235 ${Date.UTC(2001, 1, 3) / 1000}`);
    expect(await failureOnMount(`${as(4321)} chmod 600 "$1"`, file)).toContain("Operation not permitted");
    expect(await failureOnMount('ln "$1" "$1-link"', file)).toContain("Operation not permitted");
  } finally {
    await owned.stop();
  }
});

test("read-only by a FUSE option", async () => {
  const readOnly = await mountBucket({ "file-system": { "fuse-options": ["allow_other", "ro"] } });
  try {
    expect(await failureOnMount('echo x > "$1"', readOnly.at("f"))).toContain("Read-only file system");
  } finally {
    await readOnly.stop();
  }
});

test("SIGTERM unmounts and exits with 0", async () => {
  const stopped = await mountBucket();
  // Mounted comes before gcsfuse listens for signals; what it logs between the two is not in its interface.
  await setTimeout(1000);
  stopped.process.kill("SIGTERM");
  expect(await stopped.process).toMatchObject({ exitCode: 0 });
  expect(stopped.isMounted()).toBe(false);
});

test("a checksum that does not fit is refused", async () => {
  const url = `${gcs.endpoint.replace("/storage/", "/upload/storage/")}b/${bucket}/o?uploadType=media&name=checked`;
  const upload = (hash: string): Promise<Response> =>
    fetch(url, {
      method: "POST",
      body: "hello",
      headers: { authorization: `Bearer ${tokens.token}`, "x-goog-hash": hash },
    });
  expect((await upload("crc32c=AAAAAA==")).status).toBe(400);
  expect(names("checked")).toEqual([]);
  expect((await upload("crc32c=mnG7TA==")).status).toBe(200);
  expect(createHash("sha256").update("hello").digest("hex")).toBe(await gcs.sha256(bucket, "checked"));
});
