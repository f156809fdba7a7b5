import { join } from "node:path";
import { Answer, FakeDocker } from "../support/fake-docker";
import { FuseLog } from "../support/fuse-log";
import { mountOf } from "../support/sample-declaration";

const ROOT = join(__dirname, "../..");
const head = (text: string) => Buffer.from(text).toString("base64");
/** Without SYS_PTRACE, the memory maps of other users are closed to it. */
const SEES_ALL_PROCESSES =
  "run --rm --label=gcs-backed-container-app=gallery --pid=host --network=none --cap-drop=ALL --cap-add=SYS_PTRACE --security-opt=apparmor=unconfined --entrypoint=sh localhost/gallery/local-machine:1 -c *";
const jsonLines = (values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

const uploads = new FuseLog();
const table = uploads.save("table.csv", 100);
uploads.write(table, 100, 20).close(table);
const media = new FuseLog();
media.refuse("CreateLink", 'parent 1, name "copy.jpg", PID 7', "function not implemented");
media.save("index.bin", 10);

const RIGHTS = { uid: 0, gid: 0, mode: "755", areChecked: true };
const process = (namespace: string, pid: number, name: string, uid: number, capabilities: string) =>
  [
    `process pid:[${namespace}]\nName:\t${name}\nPid:\t${pid}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    `Gid:\t${uid}\t${uid}\t${uid}\t${uid}\nGroups:\t \nCapEff:\t${capabilities}\n`,
  ].join("\n");
const PROCESSES = [
  process("1", 1, "systemd", 0, "000001ffffffffff"),
  process("40", 4711, "gunicorn", 0, "00000000a80425fb"),
  process("41", 4712, "supervisord", 0, "00000000a80425fb"),
  process("41", 4713, "worker", 33, "0000000000000000"),
].join("");
const MOUNTS = [
  mountOf({ path: "/srv/uploads", bucket: "gallery" }),
  mountOf({ path: "/srv/media", bucket: "library", gcsfuseConfig: { "only-dir": "photos/2026" } }),
];

/** As the machine's container tells them; see local-app.test.ts. */
function mounts(...timesMounted: number[]): string {
  return jsonLines([
    {
      name: "gcsfuse-0",
      container: "app",
      device: "0:45",
      timesMounted: timesMounted[0],
      hidden: "",
      mount: MOUNTS[0],
      rights: RIGHTS,
    },
    {
      name: "gcsfuse-1",
      container: "sidecar-worker",
      device: "0:46",
      timesMounted: timesMounted[1],
      hidden: Buffer.from("pages\0").toString("base64"),
      mount: MOUNTS[1],
      rights: RIGHTS,
    },
  ]);
}

/** An engine with an app of two mounts: the whole of one bucket, and a folder of another. */
const ENGINE: { [args: string]: Answer } = {
  "inspect gallery-machine": { stdout: "[]" },
  "inspect --format {{.Config.Image}} gallery-machine": { stdout: "localhost/gallery/local-machine:1\n" },
  "exec gallery-machine bash -c *": { stdout: mounts(1, 1) },
  "inspect --format {{.State.Pid}} gallery-app": { stdout: "4711\n" },
  "inspect --format {{.State.Pid}} gallery-sidecar-worker": { stdout: "4712\n" },
  "logs gallery-gcsfuse-0": { stdout: `${uploads.lines.join("\n")}\n` },
  "logs gallery-gcsfuse-1": { stderr: `${media.lines.join("\n")}\n` },
  "exec gallery-storage node list-objects.js gallery --json": {
    stdout: jsonLines([{ name: "table.csv", size: 120, head: head("a,b") }]),
  },
  "exec gallery-storage node list-objects.js library --json": {
    stdout: jsonLines([
      { name: "photos/2026/app.db", size: 8192, head: head("SQLite format 3\0") },
      { name: "photos/2026-other.db", size: 8192, head: head("SQLite format 3\0") },
    ]),
  },
  [SEES_ALL_PROCESSES]: {
    stdout: `1: POSIX  ADVISORY  WRITE 3568 00:2e:2 0 EOF\n2: FLOCK  ADVISORY  WRITE 3568 00:30:2 0 EOF\n\n${PROCESSES}`,
  },
};

function verdict(changes: { [args: string]: Answer } = {}, args = ["gallery"], env: { [name: string]: string } = {}) {
  const docker = new FakeDocker({ ...ENGINE, ...changes });
  return docker.run(
    globalThis.process.execPath,
    ["-r", "sucrase/register/ts", join(ROOT, "lib/verdict/main.ts"), ...args],
    env,
  );
}

test("each mount is judged by its own log, objects and locks, under the app's own paths", () => {
  const { status, stdout, stderr } = verdict();
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.match(/^(gallery: .*|- [^:,.]*| {4}.*)/gm)).toEqual([
    "gallery: 6 things that a bucket cannot do or does badly.",
    "- Files were appended to",
    "    /srv/uploads/table.csv",
    "- There are databases in the mounted folder",
    "    /srv/media/app.db (SQLite)",
    "- Hard links were asked for",
    "    /srv/media/copy.jpg",
    "- Files are locked at this moment",
    "    /srv/media/index.bin",
    "- The image has files where the bucket is mounted",
    "    /srv/media/pages",
    "- Processes of the app may not write to the mount",
    "    /srv/media: user 33 (worker), which belongs to 0:0 with the mode 755",
  ]);
  expect(stdout).toContain("since 2025-08-03 07:52:28 UTC");
  expect(stdout).not.toContain("A mount was lost");
});

test("a mount that was lost limits what was seen", () => {
  const counted = (...times: number[]) =>
    verdict({ "exec gallery-machine bash -c *": { stdout: mounts(...times) } }).stdout;
  expect(counted(2, 1)).toContain("A mount was lost and came back 1 times; its log begins there.\n");
  expect(counted(3, 4)).toContain("A mount was lost and came back 5 times; its log begins there.\n");
  // One that has never been mounted is not lost.
  expect(counted(0, 1)).not.toContain("A mount was lost");
});

test.each<[string, string[], { [name: string]: string }, string]>([
  ["its argument", ["shop"], { APP_NAME: "wiki" }, "shop"],
  ["what the demo's stack was named by", [], { APP_NAME: "wiki" }, "wiki"],
])("the app is named by %s; one that is not there is to be deployed first", (_, args, env, name) => {
  const missing = { stderr: `Error: No such object: ${name}-machine\n`, exitCode: 1 };
  expect(verdict({ [`inspect ${name}-machine`]: missing }, args, env)).toEqual({
    status: 1,
    stdout: "",
    stderr: `there is no local app "${name}": deploy it first ("npx cdktf deploy local"), or give another name (Error: No such object: ${name}-machine)\n`,
  });
});

test("docker that does not answer is not an app that is missing", () => {
  const reason = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
  expect(verdict({ "inspect gallery-machine": { stderr: `${reason}\n`, exitCode: 1 } })).toEqual({
    status: 1,
    stdout: "",
    stderr: `docker does not answer: start it, or set DOCKER_HOST to where it is (${reason})\n`,
  });
});

test.each(["--help", "-h"])("%s tells what it does, and asks docker nothing", (option) => {
  const { status, stdout, stderr } = verdict({}, [option]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^Usage: verdict \[options\] \[name\]\n\nreport what a local app has done/);
});

test("an option that is not known is not an app's name", () => {
  const { status, stderr } = verdict({}, ["--json"]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: "error: unknown option '--json'\n" });
});

test("what docker refuses is said in its words", () => {
  const refused = { stderr: "Error: container gallery-storage is not running\n", exitCode: 1 };
  expect(verdict({ "exec gallery-storage node list-objects.js gallery --json": refused })).toEqual({
    status: 1,
    stdout: "",
    stderr: "docker exec gallery-storage: Error: container gallery-storage is not running\n",
  });
});
