/**
 * A new payload in the instance's metadata is live by itself, and what cannot be live never takes the old one down. All
 * that is asked of the machine's state is asked from outside: its pages and its guest attributes.
 *
 * UPDATES sets how many updates in a row are made at the end.
 */
import { Availability } from "../support/boot/availability";
import { statusHistory, statusOf, until, untilHealthy } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { UploadLedger } from "../support/boot/upload-ledger";
import { LAYER_MIB, payloadOf, VERSION_PATH, Versions } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const UPDATES = Number(process.env.UPDATES ?? 3);
/** Generous: the test's own machine may be busy. */
const LIVE_SECONDS = 120;

let world: World;
let versions: Versions;
let machine: CosMachine;
let availability: Availability;
let megabytesAtFirst: number;
const ledger = new UploadLedger();
const measured: (string | number)[][] = [];

beforeAll(async () => {
  world = await World.create();
  versions = new Versions(world);
  const metadata = await versions.metadata("v1");
  for (const version of ["v2", "v3"]) await versions.metadata(version);
  machine = await world.vmOf(metadata);
  await untilHealthy(machine, LIVE_SECONDS);
  await until("the state is live", () => statusOf(machine)?.app.state === "live");
  availability = new Availability(machine, VERSION_PATH);
  megabytesAtFirst = await diskUse();
}, 600_000);

afterAll(async () => {
  await availability?.stop();
  printTable("Updates", ["update", "seconds until live", "seconds without service"], measured);
  await world?.close();
});

/** MiB that Docker has on the machine's disk. */
async function diskUse(): Promise<number> {
  return Number((await machine.shell("du --summarize --block-size=1M /var/lib/docker/overlay2")).split("\t")[0]);
}

async function isLive(version: string, metadata: Record<string, string>): Promise<void> {
  await until(`${version} is live`, () => availability.latest === version, { seconds: LIVE_SECONDS });
  await until(
    "the state says so",
    () => {
      const status = statusOf(machine);
      return status?.payload === payloadOf(metadata) && status.app.state === "live" && status.update.state === "none";
    },
    { seconds: 30 },
  );
}

/** Puts a version into the metadata, waits until it is live, and notes the times. */
async function update(what: string, version: string): Promise<void> {
  const metadata = await versions.metadata(version);
  const start = Date.now();
  machine.setMetadata(metadata);
  await isLive(version, metadata);
  measured.push([what, (Date.now() - start) / 1000, availability.secondsWithout(start)]);
}

function updateFails(reason: RegExp): Promise<number> {
  return until(
    `the state says ${reason}`,
    () => {
      const { update } = statusOf(machine) ?? {};
      return update?.state === "failed" && reason.test(update.message);
    },
    { seconds: 60 },
  );
}

/** What was reported since a moment, without what changed in messages only. */
function states(since: number): string[] {
  const all = statusHistory(machine)
    .filter(({ time }) => time >= since)
    .map(({ payload, app, update: { state } }) => `${payload.slice(0, 8)} ${app.state} ${state}`);
  return all.filter((state, index) => state !== all[index - 1]);
}

/** Until cloud-init has read the user-data at the boot that is under way. */
async function cloudInitHasRead(since: number): Promise<void> {
  const isRead = ({ time, url, userAgent }: { time: number; url: string; userAgent: string }) =>
    time >= since && userAgent.startsWith("Cloud-Init") && url.includes("/instance/") && url.includes("recursive");
  await until("cloud-init has read", () => machine.metadataRequests.some(isRead), { every: 0.01 });
}

test("a new payload is pulled while the old version serves, and then live; the state is right at every step", async () => {
  const [before, after] = [await versions.metadata("v1"), await versions.metadata("v2")];
  expect(after).toEqual(await versions.planned("v2"));
  const start = Date.now();
  const boots = machine.bootCount;
  await update("a new version", "v2");
  expect(machine.bootCount).toBe(boots + 1);
  const [old, next] = [before, after].map((metadata) => payloadOf(metadata).slice(0, 8));
  expect(states(start)).toEqual([
    `${old} live pulling`,
    `${old} live rebooting`,
    `${old} starting rebooting`,
    `${next} starting none`,
    `${next} live none`,
  ]);
  const rebooting = statusHistory(machine).find(
    ({ time, update: { state } }) => time >= start && state === "rebooting",
  );
  expect(availability.wasAlways("v1", start, rebooting!.time)).toBe(true);
});

test("an image that does not exist: the old version serves on and the state says why; then the corrected one is live", async () => {
  const boots = machine.bootCount;
  const start = Date.now();
  machine.setMetadata(await versions.metadataWithoutImage("typo"));
  await updateFails(/^cannot pull .*gallery:typo: .*(not found|unknown)/);
  // It is tried again, with the same answer.
  const tries = () => world.registry.requests.filter(({ url }) => url.includes("manifests/typo")).length;
  const before = tries();
  await until("it is tried again", () => tries() > before, { seconds: 60 });
  expect((await ledger.upload(machine, "while-failing.zip", 1000)).saved).toBe("while-failing.zip");
  expect(await availability.isAlways("v2", start)).toBe(true);
  expect(machine.bootCount).toBe(boots);
  await update("corrected after a missing image", "v3");
  expect(machine.bootCount).toBe(boots + 1);
});

test("user-data that is not ours, or none: the old version serves on; the payload put back needs no reboot", async () => {
  const boots = machine.bootCount;
  const start = Date.now();
  const metadata = await versions.metadata("v3");
  machine.setMetadata({ ...metadata, "user-data": "#cloud-config\nruncmd: [[touch, /tmp/other]]\n" });
  await updateFails(/^the new user-data names no image/);
  machine.setMetadata(Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== "user-data")));
  await updateFails(/^the metadata has no user-data/);
  machine.setMetadata(metadata);
  await until("the state is none again", () => statusOf(machine)?.update.state === "none", { seconds: 30 });
  expect(await availability.isAlways("v3", start)).toBe(true);
  expect(machine.bootCount).toBe(boots);
});

test("a change while an update is pulled: what was pulled first is not booted", async () => {
  const boots = machine.bootCount;
  const start = Date.now();
  machine.setMetadata(await versions.metadata("v1"));
  await until("it is pulled", () => statusOf(machine)?.update.state === "pulling", { every: 0.01 });
  machine.setMetadata(await versions.metadataWithoutImage("too-soon"));
  await updateFails(/^cannot pull .*gallery:too-soon/);
  expect(await availability.isAlways("v3", start)).toBe(true);
  expect(machine.bootCount).toBe(boots);
  await update("changed again while it was pulled", "v2");
});

test("a change after cloud-init has read the metadata, before anything waits for a change, is not missed", async () => {
  const [read, changed] = [await versions.metadata("v2"), await versions.metadata("v3")];
  await machine.powerOff();
  machine.setMetadata(read);
  const start = Date.now();
  await machine.powerOn();
  await cloudInitHasRead(start);
  machine.setMetadata(changed);
  await isLive("v3", changed);
  measured.push(["changed while the machine booted", (Date.now() - start) / 1000, (Date.now() - start) / 1000]);
  expect(statusHistory(machine).find(({ time }) => time >= start)?.payload).toBe(payloadOf(read));
});

test("a reboot that brings no new payload is the last one", async () => {
  const [old, never] = [await versions.metadata("v3"), await versions.metadata("v1")];
  const boots = machine.bootCount;
  machine.setMetadata(never);
  await until("it reboots", () => statusOf(machine)?.update.state === "rebooting", { every: 0.01, seconds: 60 });
  // Only what cloud-init reads at a boot is the old payload, as if the change had not arrived everywhere.
  machine.setMetadata(old);
  const { started } = await machine.nextBoot();
  await cloudInitHasRead(started);
  machine.setMetadata(never);
  await updateFails(/^this machine has rebooted for payload \w+, and another one came up/);
  await until("the old version serves", () => availability.latest === "v3", { seconds: LIVE_SECONDS });
  const serving = Date.now();
  // The watcher asks again after 10 and 20 seconds.
  await until("time has passed", () => Date.now() - serving > 20_000, { seconds: 30 });
  expect(await availability.isAlways("v3", serving)).toBe(true);
  expect(machine.bootCount).toBe(boots + 1);
  await update("after a reboot that brought nothing", "v2");
});

test("rolls back to an older version", async () => {
  await update("back to the first version", "v1");
});

test(
  "updates in a row leave no old images behind",
  async () => {
    for (let number = 1; number <= UPDATES; number++) await update(`${number} of ${UPDATES} in a row`, `row-${number}`);
    const unused = async () => (await machine.shell("docker image ls --quiet --no-trunc | sort -u")).split("\n").length;
    await until("only the images of this version and of gcsfuse are left", async () => (await unused()) === 2, {
      seconds: 60,
      every: 0.5,
    });
    expect(await machine.shell("docker ps --all --format '{{.Names}}' | sort")).toBe("app\ngcsfuse-0");
    expect(await machine.shell("docker volume ls --quiet")).toBe("");
    const grown = (await diskUse()) - megabytesAtFirst;
    process.stdout.write(`Docker's disk use grew by ${grown} MiB since the first version\n`);
    expect(grown).toBeLessThan(LAYER_MIB);
    expect(await ledger.lost(world.gcs)).toEqual([]);
  },
  300_000 + UPDATES * 60_000,
);
