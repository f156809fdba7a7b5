import { inspect } from "../support/boot/containers";
import { checkAppIsCutOff } from "../support/boot/checks";
import { plannedMetadataOfAll } from "../support/boot/payload";
import { Probe, PROBE_FOLDER, ProbeImageOptions, probeProps, PROBE_USER } from "../support/boot/probe";
import { until, untilHealthy } from "../support/boot/status";
import { untilWantedIsLive } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

let world: World;
let machine: CosMachine;
let probe: Probe;

beforeAll(async () => {
  world = await World.create();
  machine = await world.vm(await probeProps(world));
  probe = new Probe(machine);
  await untilHealthy(machine, 120);
});

afterAll(async () => {
  await world?.close();
});

/** The capabilities that Docker gives every container: CHOWN to SETFCAP, without what reaches the machine. */
const dockersDefaults = 0x00000000a80425fbn;

function capabilities(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)![1]}`);
}

test("the app has no capability beyond Docker's defaults, no device and no privilege", async () => {
  const { status, devices, mounts } = await probe.process();
  expect(capabilities(status, "CapBnd")).toBe(dockersDefaults);
  // It is not root: it has none in force.
  expect(capabilities(status, "CapEff")).toBe(0n);
  expect(devices).not.toContain("fuse");
  expect((await inspect(machine, "app")).HostConfig).toMatchObject({
    Privileged: false,
    CapAdd: null,
    Devices: [],
    SecurityOpt: null,
    NetworkMode: "default",
    PidMode: "",
    UTSMode: "",
    UsernsMode: "",
    IpcMode: "private",
    Binds: null,
    VolumesFrom: null,
  });
  const fromOutside = mounts.split("\n").filter((line) => / \/(etc|run|srv)\b/.test(line.split(" - ")[0]));
  expect(fromOutside.map((line) => line.split(" ")[4]).sort()).toEqual([
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    PROBE_FOLDER,
  ]);
});

test("the sidecar has SYS_ADMIN and FUSE, and is not privileged either", async () => {
  expect((await inspect(machine, "gcsfuse-0")).HostConfig).toMatchObject({
    Privileged: false,
    CapAdd: ["SYS_ADMIN"],
    CapDrop: ["ALL"],
    Devices: [expect.objectContaining({ PathInContainer: "/dev/fuse" })],
    SecurityOpt: expect.arrayContaining(["no-new-privileges"]),
  });
});

test("the app can take neither all processes of the machine nor, when memory runs out, gcsfuse", async () => {
  expect((await inspect(machine, "app")).HostConfig).toMatchObject({ PidsLimit: 4096, OomScoreAdj: 500 });
  const scores = "cat /proc/$(docker inspect --format '{{.State.Pid}}' NAME)/oom_score_adj";
  const [app, gcsfuse] = await Promise.all(
    ["app", "gcsfuse-0"].map(async (name) => Number(await machine.shell(scores.replace("NAME", name)))),
  );
  expect([app, gcsfuse]).toEqual([500, 0]);
});

test("the app gets no token of the VM, while DNS works and the sidecar has one", async () => {
  // Both ports are there for the VM itself.
  for (const port of [80, 443]) {
    await machine.shell(
      `curl -sf -H 'Metadata-Flavor: Google' http://169.254.169.254:${port}/computeMetadata/v1/instance/id`,
    );
  }
  await checkAppIsCutOff(world, machine);
});

test("nor does it when the firewall was loaded anew while the app runs", async () => {
  const rules = "iptables -w -S DOCKER-USER; iptables -w -S INPUT";
  const before = await machine.shell(rules);
  // They may be back before the next look.
  const removed = await machine.shell(`
    for chain in DOCKER-USER INPUT; do
      iptables -w -S $chain | sed -n '/169\\.254\\.169\\.254/s/^-A/-D/p' |
        while read -r rule; do iptables -w $rule && echo "$rule"; done
    done`);
  expect(removed.split("\n")).toHaveLength(before.match(/169\.254\.169\.254/g)!.length);
  await until("the rules are back", async () => (await machine.shell(rules)) === before, { seconds: 30, every: 1 });
  await checkAppIsCutOff(world, machine);
});

test("nor does it when the VM's Docker engine was restarted", async () => {
  await machine.shell("systemctl restart docker");
  await untilHealthy(machine, 120);
  await checkAppIsCutOff(world, machine);
});

/** Who the app is, and that it may do with its files what an owner may. */
async function checkOwner(expected: { uid: number; gid: number }): Promise<void> {
  const { uid, gid } = await probe.process();
  expect({ uid, gid }).toEqual(expected);
  expect(await probe.status(PROBE_FOLDER)).toMatchObject({ ...expected, mode: "755" });
  const file = `${PROBE_FOLDER}/folder of ${uid}-${gid}/file.txt`;
  await probe.write(file, "content");
  await probe.setTimesAndMode(file, 1_234_567_890, "600");
  expect(await probe.status(file)).toMatchObject({ ...expected, modified: 1_234_567_890, size: 7 });
  expect(await world.gcs.read("files", file.slice(PROBE_FOLDER.length + 1))).toEqual(Buffer.from("content"));
}

test("an image's user by name may write, chmod and set times", async () => {
  await checkOwner({ uid: PROBE_USER.uid, gid: PROBE_USER.gid });
});

const users: [
  who: string,
  image: ProbeImageOptions,
  expected: { uid: number; gid: number },
  props: { user?: string },
][] = [
  ["a user by number", { runAs: "1600" }, { uid: 1600, gid: 1601 }, {}],
  ["a user and a group by name", { runAs: "other:staff" }, { uid: 1600, gid: 1700 }, {}],
  ["a number without entry in /etc/passwd", { runAs: "54321" }, { uid: 54321, gid: 0 }, {}],
  ["a number and no /etc/passwd at all", { runAs: "54321:999", users: "nobody" }, { uid: 54321, gid: 999 }, {}],
  ["root", { runAs: "root" }, { uid: 0, gid: 0 }, {}],
  ["another user than the image's", {}, { uid: 1600, gid: 1501 }, { user: "other:guest" }],
];

describe("an image without shell, run as", () => {
  let payloads: Record<string, string>[];

  beforeAll(async () => {
    const apps = [];
    for (const [, image, , props] of users) apps.push({ ...(await probeProps(world, image)), ...props });
    payloads = await plannedMetadataOfAll(apps);
  });

  test.each(users.map(([who, , expected], index) => ({ who, expected, index })))(
    "$who",
    async ({ expected, index }) => {
      await machine.powerOff();
      machine.setMetadata(payloads[index]);
      await machine.powerOn();
      await untilWantedIsLive(machine, 120);
      await untilHealthy(machine, 120);
      await checkOwner(expected);
    },
  );
});
