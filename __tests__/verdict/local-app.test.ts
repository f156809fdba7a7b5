import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { LocalMount, MOUNTS_SCRIPT } from "../../lib/verdict/local-app";
import { FakePrograms } from "../support/fake-programs";
import { folderWith, write } from "../support/folder";
import { renderTo } from "../support/rendered";
import { mountOf, sample } from "../support/sample-declaration";

const LOCAL_APP = join(__dirname, "../../lib/verdict/local-app.ts");

/** Two file systems on one mount point, as gcsfuse's over the folder's own. */
const FINDMNT = `
case "$*" in
  *MAJ:MIN*gcsfuse-0/fs) printf "  0:44\\n  0:45\\n" ;;
  *FS-OPTIONS*gcsfuse-0/fs) printf "ro\\nrw,user_id=0%s,allow_other\\n" "$(cat "$state/option" 2>/dev/null)" ;;
  *) exit 1 ;;
esac`;
const STAT = `printf '"uid":33,"gid":34,"mode":"755"\\n'`;

/** A machine's folder in memory, with what run-machine makes of a declaration. */
function runFolder(declaration: Declaration, state: { [name: string]: string } = {}): string {
  const folder = folderWith(state);
  write(folder, "config/x", "");
  renderTo(join(folder, "config"), declaration, { RUN_FOLDER: folder });
  return folder;
}

/** What the machine's container prints. */
function mountsOf(declaration = sample(), state: { [name: string]: string } = {}, option = ""): LocalMount[] {
  const programs = new FakePrograms({ findmnt: FINDMNT, stat: STAT });
  programs.set("option", option);
  const env = { RUN_FOLDER: runFolder(declaration, state) };
  const { stdout, status } = programs.run(["bash", "-c", MOUNTS_SCRIPT], env);
  expect(status).toBe(0);
  expect(programs.calls[0]).toBe(`findmnt --noheadings --output MAJ:MIN ${env.RUN_FOLDER}/gcsfuse-0/fs`);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LocalMount);
}

/** The objects of each mount of a local app, as the verdict sees them behind a docker client that runs the script here. */
function objectsSeen(declaration: Declaration, files: { [name: string]: string } = {}) {
  const folder = runFolder(declaration);
  const programs = new FakePrograms({
    findmnt: FINDMNT,
    stat: STAT,
    docker: `
case "$*" in
  "exec gallery-machine bash -c "*) RUN_FOLDER='${folder}' exec bash -c "$5" ;;
  "exec gallery-storage node list-objects.js "*) cat "$state/objects-$5" ;;
  "inspect --format {{.Config.Image}} "*) echo machine:1 ;;
  "inspect --format {{.State.Pid}} gallery-"*) echo 4711 ;;
  "inspect gallery-machine") ;;
  "inspect "*) echo "no such object" >&2; exit 1 ;;
  "logs "*) cat "$state/log-$2" 2>/dev/null || true ;;
  "run "*) echo ;;
  *) exit 64 ;;
esac`,
  });
  const objects = declaration.mounts.map(({ bucket }) => [`objects-${bucket}`, ""]);
  const all = { ...Object.fromEntries(objects), ...files };
  Object.entries(all).forEach(([name, text]) => programs.set(name, text as string));
  // As a program of its own, whose docker is this one.
  const lines = `
const { LocalApp } = require(${JSON.stringify(LOCAL_APP)});
new LocalApp("gallery").observe().then((mounts) =>
  console.log(JSON.stringify(mounts.map(({ objects }) => [...objects.keys()]))));`;
  const ended = programs.run([process.execPath, "-r", "sucrase/register/ts", "-e", lines]);
  expect(ended.stderr).toBe("");
  return JSON.parse(ended.stdout) as string[][];
}

test("each mount is told with its device, and how often it was mounted", () => {
  const mounts = [mountOf(), mountOf({ path: "/srv/media", bucket: "library" })];
  expect(mountsOf(sample({ mounts }), { "state/gcsfuse-0.mounts": "3" })).toEqual([
    {
      name: "gcsfuse-0",
      container: "app",
      device: "0:45",
      timesMounted: 3,
      hidden: "",
      mount: mounts[0],
      rights: { uid: 33, gid: 34, mode: "755", areChecked: false },
    },
    { name: "gcsfuse-1", container: "app", device: "", timesMounted: 0, hidden: "", mount: mounts[1] },
  ]);
});

test("whether the kernel compares users", () => {
  expect(mountsOf(sample(), {}, ",default_permissions")[0].rights).toMatchObject({ areChecked: true });
});

test("what the mount hides of the image, whatever the names", () => {
  const [{ hidden }] = mountsOf(sample(), { "state/gcsfuse-0.hidden": 'a "b"\n\0c\0' });
  expect(Buffer.from(hidden, "base64").toString()).toBe('a "b"\n\0c\0');
});

test("more than ten mounts", () => {
  const mounts = Array.from({ length: 11 }, (_, index) => mountOf({ path: `/srv/${index}` }));
  expect(mountsOf(sample({ mounts })).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["gcsfuse-1", "gcsfuse-2", "gcsfuse-10"]),
  );
});

describe("what is mounted is read from what the machine has of the declaration", () => {
  const object = (name: string) => `${JSON.stringify({ name })}\n`;

  test("paths and buckets, whatever is in them", () => {
    const mounts = [
      mountOf({ path: '/srv/a "b" \\ é', bucket: "gallery" }),
      mountOf({ path: "/b", bucket: "library" }),
    ];
    const seen = objectsSeen(sample({ mounts }), {
      "objects-gallery": object("x.jpg"),
      "objects-library": object("y/z.jpg"),
    });
    expect(seen).toEqual([['/srv/a "b" \\ é/x.jpg'], ["/b/y/z.jpg"]]);
  });

  test("the folder of the bucket, which its objects' names begin with", () => {
    const gcsfuseConfig = { "only-dir": 'photos/"2026"' };
    const seen = objectsSeen(sample({ mounts: [mountOf({ path: "/a", gcsfuseConfig })] }), {
      "objects-files": object('photos/"2026"/x.jpg') + object("photos/other.jpg") + object('photos/"2026"x'),
    });
    expect(seen).toEqual([["/a/x.jpg"]]);
  });

  test("each of more than ten", () => {
    const mounts = Array.from({ length: 12 }, (_, index) => mountOf({ path: `/srv/${index}`, bucket: `b${index}` }));
    const files = Object.fromEntries(mounts.map(({ bucket }) => [`objects-${bucket}`, object(bucket)]));
    const seen = objectsSeen(sample({ mounts }), files);
    expect(seen.flat().sort()).toEqual(mounts.map(({ path, bucket }) => `${path}/${bucket}`).sort());
  });
});
