/** What changes of folders that are kept in buckets do, by the names of the mounts' props. */
import { changePage } from "../../lib/review/page/change-page";
import { gatesHit } from "../../lib/review/changes/gates";
import { markdown } from "../../lib/review/format/markdown";
import { GcsMount } from "../../lib/props/gcs-mount";
import { change, CloudStack, cloudStack } from "../support/review";

const UPLOADS = "/srv/app/uploads";
const CONFIG = "/srv/app/config";
const mounts = (...all: GcsMount[]): CloudStack => ({ props: { mounts: all } });
const changes = (before: CloudStack, after: CloudStack) =>
  change(before, after).apps[0].changes.filter(({ what }) => what === "mount");
const kept: GcsMount = { path: CONFIG, prefix: "config" };

test.each<[string, CloudStack]>([
  ["removed", mounts(kept)],
  ["moved", mounts(kept, { path: "/srv/app/files", prefix: "uploads" })],
])("a folder that the app writes to, %s: what it writes there from now on could be lost", (_, after) => {
  const before = mounts(kept, { path: UPLOADS, prefix: "uploads" });
  const compared = change(before, after);
  expect([...compared.effects].sort()).toEqual(["app restarts", "data could be lost"]);
  expect(gatesHit(["data-loss", "restart"], compared)).toEqual(["data-loss", "restart"]);
  const page = markdown(changePage(compared, cloudStack(after), "cloud"));
  expect(page).toMatch(/Data could be lost\n\n.*\/srv\/app\/uploads.* from now on stays in its container, and is lost/);
  expect(page).toContain("Effect: **data could be lost, app restarts**");
});

test("a folder that the app only reads can be removed without loss", () => {
  const before = mounts(kept, { path: UPLOADS, prefix: "uploads", readOnly: true });
  expect(changes(before, mounts(kept)).map(({ effect }) => effect)).toEqual(["app restarts"]);
  expect(change(before, mounts(kept)).effects).not.toContain("data could be lost");
});

test.each<[string, Partial<GcsMount>, string]>([
  ["is copied into an empty bucket", {}, "copied into it if it is empty, and hidden if it is not"],
  ["is hidden by a mount that is only read", { readOnly: true }, "hidden"],
  ["is hidden where the mount says so", { noCopy: true }, "hidden"],
])("what the image has at the path of a new mount %s", (_, props, expected) => {
  const [{ note }] = changes(mounts(kept), mounts(kept, { path: UPLOADS, prefix: "uploads", ...props }));
  expect(note).toBe(`the folder's files come from the bucket; what the image has there is ${expected}`);
});

test("another prefix: other files, which is said", () => {
  expect(changes(mounts({ path: UPLOADS, prefix: "a" }), mounts({ path: UPLOADS, prefix: "b" }))).toEqual([
    expect.objectContaining({
      name: `${UPLOADS}: prefix`,
      before: "a",
      after: "b",
      note: "the app sees other files here; those it saw before stay in the bucket",
    }),
  ]);
});

test.each<[string, Partial<GcsMount>, string[]]>([
  ["the owner and the mode", { uid: 33, gid: 33, fileMode: "0664" }, ["fileMode", "gid", "uid"]],
  ["read only", { readOnly: true }, ["readOnly"]],
  ["an empty folder that stays empty", { noCopy: true }, ["noCopy"]],
  ["a cache", { fileCacheMaxSizeMib: 100 }, ["fileCacheMaxSizeMib"]],
  ["an endpoint", { customEndpoint: "http://storage.example:9000" }, ["customEndpoint"]],
  [
    "times",
    { metadataCacheTtlSeconds: 5, kernelListCacheTtlSeconds: 6 },
    ["kernelListCacheTtlSeconds", "metadataCacheTtlSeconds"],
  ],
  ["rename and dirs", { dirMode: "0775", renameDirLimit: 9 }, ["dirMode", "renameDirLimit"]],
  [
    "gcsfuse's own",
    { gcsfuseConfig: { write: { "create-empty-file": true } } },
    ["gcsfuseConfig.write.create-empty-file"],
  ],
])("%s: one row for each prop", (_, props, names) => {
  expect(changes(mounts({ path: UPLOADS }), mounts({ path: UPLOADS, ...props })).map(({ name }) => name)).toEqual(
    names.map((name) => `${UPLOADS}: ${name}`),
  );
});

describe("a folder that something else keeps from now on", () => {
  const disk = { path: "/srv", sizeGb: 10 };
  const inside = { path: "/srv/media", prefix: "media" };
  const notes = (before: CloudStack, after: CloudStack) => changes(before, after).map(({ note }) => note);

  test("is not lost with the container", () => {
    const [before, after] = [
      { disks: [disk], mounts: [kept, inside] },
      { disks: [disk], mounts: [kept] },
    ];
    const compared = change({ props: before }, { props: after });
    expect(gatesHit(["data-loss"], compared)).toEqual([]);
    expect(notes({ props: before }, { props: after })).toEqual([
      "the app no longer sees these files; they stay in the bucket. What the app writes to this folder from now on goes to the disk srv",
    ]);
  });

  test("a mount inside a disk hides what the disk has there", () => {
    const [note] = notes(
      { props: { disks: [disk], mounts: [kept] } },
      { props: { disks: [disk], mounts: [kept, inside] } },
    );
    expect(note).toMatch(/, and what the disk srv has there is hidden$/);
  });
});

test("the login of an endpoint is on no page", () => {
  const after = mounts({ path: UPLOADS, customEndpoint: "https://user:hunter2@storage.example.com/storage/v1" });
  const page = markdown(changePage(change(mounts({ path: UPLOADS }), after), cloudStack(after), "cloud"));
  expect(page).toContain("storage.example.com");
  expect(page).not.toContain("hunter2");
});
