import { Probe, probeProps, PROBE_USER } from "../support/boot/probe";
import { until, untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

let world: World;
let machine: CosMachine;
let probe: Probe;

const OWN = { uid: PROBE_USER.uid, gid: PROBE_USER.gid };

/** What is mounted where, and what the app then finds there. */
const cases = [
  { mount: { path: "/srv/plain" }, owner: OWN, modes: ["644", "755"] },
  {
    mount: {
      path: '/srv/spaces, commas and "quotes"',
      bucket: "folders",
      prefix: "photos/2026",
      fileMode: "0600",
      dirMode: "0700",
    },
    owner: OWN,
    modes: ["600", "700"],
  },
  {
    mount: {
      path: "/srv/it's ünïcödé 日本",
      bucket: "folders",
      prefix: "ü, 日本/%41 \"x\" 'y'",
      uid: 4000,
      gid: 5000,
      fileMode: "0666",
      dirMode: "0777",
    },
    owner: { uid: 4000, gid: 5000 },
    modes: ["666", "777"],
  },
  {
    mount: { path: "/srv/$HOME `id` \\n ${x} %{x} %n; &", bucket: "archive" },
    owner: OWN,
    modes: ["644", "755"],
  },
];
const readOnly = { path: "/opt/deep/down/read only", bucket: "archive", prefix: "public", readOnly: true };

beforeAll(async () => {
  world = await World.create(["files", "folders", "archive"]);
  await world.gcs.put("archive", "public/inner/there.txt", "there already");
  const mounts = [...cases.map(({ mount }) => mount), readOnly].map((mount) => world.mount(mount));
  machine = await world.vm({ ...(await probeProps(world)), mounts });
  probe = new Probe(machine);
  await untilHealthy(machine, 180);
});

afterAll(async () => {
  await world?.close();
});

test.each(cases)("$mount.path", async ({ mount, owner, modes }) => {
  const { path, prefix, bucket = "files" } = { prefix: undefined, bucket: undefined, ...mount };
  const file = `${path}/new folder/file, with "all".txt`;
  await probe.write(file, path);
  const object = [prefix, file.slice(path.length + 1)].filter(Boolean).join("/");
  expect((await world.gcs.read(bucket, object)).toString()).toBe(path);
  expect(await probe.read(file)).toBe(path);
  const [fileMode, dirMode] = modes;
  expect(await probe.status(file)).toMatchObject({ ...owner, mode: fileMode });
  expect(await probe.status(`${path}/new folder`)).toMatchObject({ ...owner, mode: dirMode });
  await probe.remove(file);
  expect(world.gcs.objects(bucket, object)).toEqual([]);
});

test("what may only be read is read, and refuses everything else", async () => {
  const { path } = readOnly;
  expect(await probe.read(`${path}/inner/there.txt`)).toBe("there already");
  expect(await probe.list(path)).toEqual(["inner"]);
  const forbidden = [
    () => probe.write(`${path}/new.txt`, "new"),
    () => probe.write(`${path}/inner/there.txt`, "overwritten"),
    () => probe.remove(`${path}/inner/there.txt`),
  ];
  for (const act of forbidden) await expect(act()).rejects.toThrow("read-only file system");
  expect(world.gcs.objects("archive", "public/").map(({ name }) => name)).toEqual(["public/inner/there.txt"]);
});

test("one mount that dies takes no other's files along, and comes back", async () => {
  await machine.shell("docker kill gcsfuse-2");
  const writesAgain = () => probe.write(`${cases[2].mount.path}/after.txt`, "after").then(Boolean, () => false);
  await until("the mount takes files again", writesAgain, { seconds: 120 });
  for (const { mount } of cases) await probe.write(`${mount.path}/after.txt`, mount.path);
  expect((await world.gcs.read("archive", "after.txt")).toString()).toBe(cases[3].mount.path);
});
