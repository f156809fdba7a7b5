/** How old a view can be: what others change in the bucket is seen through the real gcsfuse within the time that a mount's props promise. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type GcsMount, MountContent } from "../../lib";
import { resolveMounts } from "../../lib/props/gcs-mount";
import { cacheHostOf } from "../../lib/props/mount-caching";
import { GcsfuseMount } from "./support/real/gcsfuse-mount";
import { onMount } from "./support/real/on-mount";
import { type Gcs, startGcs } from "./support/simulated/cloud-storage/cloud-storage";

const bucket = "files";
/** A look takes time, and this machine may be busy. */
const SLACK_SECONDS = 3;

const cacheHost = cacheHostOf(20, 1);

interface Promised {
  readonly name: string;
  readonly props: Omit<GcsMount, "path">;
  /** Seconds until what others did to a file that was known is seen. */
  readonly known: number;
  /** Seconds until a file is seen that was looked for before it was there. */
  readonly missing: number;
  /** Seconds until a list shows it. */
  readonly listed: number;
}

const promises: Promised[] = [
  { name: "by default", props: {}, known: 60, missing: 5, listed: 0 },
  {
    name: "large media, for 10 seconds",
    props: { content: MountContent.LARGE_MEDIA, metadataCacheTtlSeconds: 10 },
    ...{ known: 10, missing: 5, listed: 0 },
  },
  {
    name: "changed by nobody else, for 15 seconds",
    props: { changedByOthers: false, metadataCacheTtlSeconds: 15 },
    ...{ known: 15, missing: 15, listed: 0 },
  },
  { name: "never believed", props: { metadataCacheTtlSeconds: 0 }, known: 0, missing: 5, listed: 0 },
];

let folder: string;
let gcs: Gcs;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "freshness-"));
  chmodSync(folder, 0o755);
  gcs = await startGcs({
    bucketNames: [bucket],
    anonymous: true,
    dataDir: join(folder, "data"),
    listenHost: "127.0.0.1",
  });
});

afterAll(async () => {
  await GcsfuseMount.stopAll();
  await gcs?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function mountWith(props: Omit<GcsMount, "path">): Promise<GcsfuseMount> {
  const [{ gcsfuseConfig }] = resolveMounts([{ path: "/data", ...props }], cacheHost);
  // As the construct renders it, with folders of this machine.
  const { "metadata-cache": metadata, "file-cache": files, "file-system": fileSystem } = gcsfuseConfig;
  const config = {
    "metadata-cache": metadata as object,
    "file-system": { ...(fileSystem as object), "temp-dir": folder },
    ...(gcsfuseConfig["cache-dir"] === undefined
      ? {}
      : { "file-cache": files as object, "cache-dir": mkdtempSync(join(folder, "cache-")) }),
  };
  return GcsfuseMount.start({ bucket, endpoint: gcs.endpoint, folder, config });
}

/** What a look finds: the content of the three files, "-" for none, and the names that a list shows. */
async function look(mount: GcsfuseMount, at: string): Promise<Record<string, string>> {
  const script =
    'cd "$1"; for name in changed removed added; do cat "$name" 2>/dev/null || echo -; done; ls list | tr "\\n" " "';
  const [changed, removed, added, list = ""] = (await onMount(script, mount.at(at))).split("\n");
  return { changed, removed, added, list: list.trim() };
}

const BEFORE = { changed: "old", removed: "there", added: "-", list: "first" };
const AFTER = { changed: "new", removed: "-", added: "made", list: "first second" };

test("what others change, remove and add is seen in time", async () => {
  const seen = await Promise.all(
    promises.map(async ({ name, props }, index) => {
      const at = `folder-${index}`;
      const put = (file: string, text: string) => gcs.put(bucket, `${at}/${file}`, `${text}\n`);
      await Promise.all([put("changed", "old"), put("removed", "there"), put("list/first", "")]);
      const mount = await mountWith(props);
      for (let twice = 0; twice < 2; twice++) expect(await look(mount, at)).toEqual(BEFORE);
      // Of the same size: only the generation tells.
      await Promise.all([put("changed", "new"), put("added", "made"), put("list/second", "")]);
      gcs.delete(bucket, `${at}/removed`);
      return { name, ...(await secondsUntilSeen(mount, at)) };
    }),
  );
  for (const { name, changed, removed, added, list } of seen) {
    process.stdout.write(`${name}: changed ${changed} s, removed ${removed} s, added ${added} s, listed ${list} s\n`);
  }
  const late = promises.flatMap(({ name, known, missing, listed }, index) =>
    Object.entries({ changed: known, removed: known, added: missing, list: listed })
      .filter(([what, promised]) => seen[index][what as keyof typeof AFTER] > promised + SLACK_SECONDS)
      .map(([what]) => `${name}: ${what}`),
  );
  expect(late).toEqual([]);
}, 200_000);

/** It is looked for all the time: that somebody looks must not make it last longer. */
async function secondsUntilSeen(mount: GcsfuseMount, at: string): Promise<Record<keyof typeof AFTER, number>> {
  const begin = Date.now();
  const seen: Partial<Record<keyof typeof AFTER, number>> = {};
  const keys = Object.keys(AFTER) as (keyof typeof AFTER)[];
  while (keys.some((key) => seen[key] === undefined) && Date.now() - begin < 150_000) {
    const found = await look(mount, at);
    for (const key of keys) {
      if (found[key] === AFTER[key]) seen[key] ??= (Date.now() - begin) / 1000;
      else expect([BEFORE[key], "-"]).toContain(found[key]);
    }
    await sleep(250);
  }
  return { changed: Infinity, removed: Infinity, added: Infinity, list: Infinity, ...seen };
}

test("what one's own app writes is seen at once, however long others' changes are not", async () => {
  const mount = await mountWith({ changedByOthers: false });
  await onMount('mkdir "$1"; cd "$1"; cat own 2>/dev/null || true; ls', mount.at("own"));
  expect(await onMount('cd "$1"; echo one >own; cat own; ls; echo two >own; cat own', mount.at("own"))).toBe(
    "one\nown\ntwo",
  );
  expect(await onMount('cd "$1"; mv own other; ls; cat own 2>/dev/null || echo -; cat other', mount.at("own"))).toBe(
    "other\n-\ntwo",
  );
  expect(await onMount('cd "$1"; rm other; ls; cat other 2>/dev/null || echo -', mount.at("own"))).toBe("-");
});

test("by default a name may be a file, and a folder later, and a file again", async () => {
  const mount = await mountWith({});
  const script = `mkdir "$1"; cd "$1"
    echo file >a; cat a; mv a aside; mkdir a; mv aside a/b; cat a/b
    rm -r a; echo again >a; cat a; rm a; ls`;
  expect(await onMount(script, mount.at("kinds"))).toBe("file\nfile\nagain");
});

test("a disk that is full does not keep a file from being read that has a place in the cache", async () => {
  const [{ gcsfuseConfig }] = resolveMounts([{ path: "/data", content: MountContent.LARGE_MEDIA }], cacheHost);
  const cacheDir = mkdtempSync(join(folder, "full-"));
  await onMount('mount -t tmpfs -o size=64k tmpfs "$1"', cacheDir);
  try {
    const config = { "file-cache": gcsfuseConfig["file-cache"] as object, "cache-dir": cacheDir };
    const content = Buffer.alloc(3_000_000, "full disk ");
    await gcs.put(bucket, "large", content);
    const mount = await GcsfuseMount.start({ bucket, endpoint: gcs.endpoint, folder, config });
    expect(await onMount('cat "$1" | wc -c; tail -c 10 "$1"', mount.at("large"))).toBe(`3000000\n${"full disk "}`);
    await mount.stop();
  } finally {
    await onMount('umount "$1"', cacheDir);
  }
});
