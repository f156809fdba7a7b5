/**
 * A changed declaration in the instance's metadata is live by itself, without a reboot, and what cannot be live never takes
 * the old one down. All that is asked of the machine's state is asked from outside: its pages and its guest attributes.
 *
 * UPDATES sets how many updates in a row are made at the end, CUTS during how many the power is cut.
 */
import { Availability } from "../support/boot/availability";
import { explained, statusHistory, statusOf, until, untilHealthy } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { UploadLedger } from "../support/boot/upload-ledger";
import { setTimeout as sleep } from "node:timers/promises";
import { declarationOf, declaring } from "../support/boot/payload";
import { LAYER_MIB, untilProven, VERSION_PATH, versionOf, Versions } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { containerId } from "../support/boot/containers";
import { DECLARATION_KEY } from "../../../lib/boot/paths";
import { Version } from "../../../lib/wait/status";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const UPDATES = Number(process.env.UPDATES ?? 3);
const CUTS = Number(process.env.CUTS ?? 3);
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
  await untilProven(machine, LIVE_SECONDS);
  availability = new Availability(machine, VERSION_PATH);
  megabytesAtFirst = await diskUse();
}, 600_000);

afterAll(async () => {
  await availability?.stop();
  printTable(
    "Updates",
    ["update", "seconds until it answers", "until the state is settled", "without service"],
    measured,
  );
  await world?.close();
});

/** MiB that Docker has on the machine's disk. */
async function diskUse(): Promise<number> {
  return Number((await machine.shell("du --summarize --block-size=1M /var/lib/docker/overlay2")).split("\t")[0]);
}

function isSame(running: Version, metadata: Record<string, string>): boolean {
  const { declaration, userData } = versionOf(metadata);
  return running.declaration === declaration && running.userData === userData;
}

async function isLive(version: string, metadata: Record<string, string>): Promise<void> {
  // Of two declarations that serve the same version, the state alone tells which one runs.
  const runs = () => {
    const { running } = statusOf(machine) ?? {};
    return availability.latest === version && running !== undefined && isSame(running, metadata);
  };
  const stateSaysSo = () => {
    const { wanted, app, update } = statusOf(machine)!;
    return runs() && isSame(wanted, metadata) && app.state === "live" && update.state === "none";
  };
  await explained(machine, until(`${version} is live`, runs, { seconds: LIVE_SECONDS }));
  await explained(machine, until("the state says so", stateSaysSo, { seconds: 30 }));
}

/** Puts a version into the metadata, waits until it is live, and notes the times. */
async function update(what: string, version: string): Promise<void> {
  const metadata = await versions.metadata(version);
  const start = Date.now();
  machine.setMetadata(metadata);
  await until(`${version} answers`, () => availability.latest === version, { seconds: LIVE_SECONDS, every: 0.02 });
  const answering = Date.now();
  await isLive(version, metadata);
  note(what, start, answering);
}

function note(what: string, start: number, answering: number | "-" = "-"): void {
  const answers = answering === "-" ? answering : (answering - start) / 1000;
  measured.push([what, answers, (Date.now() - start) / 1000, availability.secondsWithout(start)]);
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

function short({ declaration }: Version): string {
  return declaration.slice(0, 8);
}

/** What was reported since a moment, without what changed in messages only. */
function states(since: number): string[] {
  const all = statusHistory(machine)
    .filter(({ time }) => time >= since)
    .map(({ running, app, update: { state } }) => `${short(running)} ${app.state} ${state}`);
  return all.filter((state, index) => state !== all[index - 1]);
}

/** Until cloud-init has read the user-data at the boot that is under way. */
async function cloudInitHasRead(since: number): Promise<void> {
  const isRead = ({ time, url, userAgent }: { time: number; url: string; userAgent: string }) =>
    time >= since && userAgent.startsWith("Cloud-Init") && url.includes("/instance/") && url.includes("recursive");
  await until("cloud-init has read", () => machine.metadataRequests.some(isRead), { every: 0.01 });
}

test("what changed is pulled while the old version serves, and then live without a reboot; the state is right at every step", async () => {
  const [before, after] = [await versions.metadata("v1"), await versions.metadata("v2")];
  expect(declarationOf(after)).toEqual(declarationOf(await versions.planned("v2")));
  const start = Date.now();
  const boots = machine.bootCount;
  const sidecar = await containerId(machine, "gcsfuse-0");
  await update("a new version", "v2");
  expect(machine.bootCount).toBe(boots);
  expect(await containerId(machine, "gcsfuse-0")).toBe(sidecar);
  const [old, next] = [before, after].map((metadata) => short(versionOf(metadata)));
  expect(states(start)).toEqual([
    `${old} live pulling`,
    `${old} live starting`,
    `${old} starting starting`,
    `${next} starting starting`,
    `${next} live starting`,
    `${next} live none`,
  ]);
  const stopping = statusHistory(machine).find(({ time, app }) => time >= start && app.state === "starting");
  expect(availability.wasAlways("v1", start, stopping!.time)).toBe(true);
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
  await update("corrected after a missing image", "v3");
  expect(machine.bootCount).toBe(boots);
});

test("a declaration that is none: the old version serves on, and the state says why", async () => {
  const start = Date.now();
  const metadata = await versions.metadata("v3");
  for (const [text, reason] of [
    ["{", /^the declaration is not valid: it is not JSON/],
    [
      JSON.stringify({ ...declarationOf(metadata), ports: 80 }),
      /^the declaration is not valid: ports has another type/,
    ],
    [JSON.stringify({ ...declarationOf(metadata), sidecar: {} }), /^the declaration is not valid: .*"sidecar"/],
  ] as const) {
    machine.setMetadata({ ...metadata, [DECLARATION_KEY]: text });
    await updateFails(reason);
  }
  for (const key of [DECLARATION_KEY, "user-data"]) {
    machine.setMetadata(Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key)));
    await updateFails(new RegExp(`^the metadata has no ${key}`));
  }
  machine.setMetadata(metadata);
  await until("the state is none again", () => statusOf(machine)?.update.state === "none", { seconds: 30 });
  expect(await availability.isAlways("v3", start)).toBe(true);
});

/** Until the version before runs again, and the state says why; a boot decides the same. */
async function isTakenBack(what: string, metadata: Record<string, string>, reason: RegExp): Promise<void> {
  const before = versionOf(machine.getMetadata());
  const start = Date.now();
  machine.setMetadata(metadata);
  await until("the old version is gone", () => availability.latest !== "v3", { seconds: 60, every: 0.02 });
  await until("the old version serves again", () => availability.latest === "v3", { seconds: LIVE_SECONDS });
  await updateFails(reason);
  note(what, start);
  const isRunning = () => statusOf(machine)?.running.declaration === before.declaration;
  expect(isRunning()).toBe(true);
  expect(statusOf(machine)?.wanted).toEqual(versionOf(metadata));
}

test("a version that ends at once is taken back, by the next boot too; another change is live", async () => {
  const metadata = await versions.metadata("v3");
  const ends = declaring(metadata, { entrypoint: ["/bin/sh", "-c", "exit 3"] });
  const reason = /was taken back, and the one before runs: the app ended with exit code 3$/;
  await isTakenBack("ends at once: taken back", ends, reason);
  await machine.reboot();
  await until("the old version serves again", () => availability.latest === "v3", { seconds: LIVE_SECONDS });
  await updateFails(reason);
  const serving = Date.now();
  await sleep(15_000);
  expect(await availability.isAlways("v3", serving)).toBe(true);
  machine.setMetadata(metadata);
  await isLive("v3", metadata);
});

test("a version that cannot be started, or that never listens, is taken back", async () => {
  const metadata = await versions.metadata("v3");
  await isTakenBack(
    "cannot be started: taken back",
    declaring(metadata, { entrypoint: ["/no/such/program"] }),
    /was taken back, and the one before runs: cannot start the container: .*no such program|no such file/,
  );
  machine.setMetadata(metadata);
  await isLive("v3", metadata);
  await isTakenBack(
    "never listens: taken back",
    declaring(metadata, { entrypoint: ["/bin/sleep", "infinity"], startTimeoutSeconds: 10 }),
    /it has not come to life within 10 seconds: the container runs, but port 80 takes no connection yet$/,
  );
  machine.setMetadata(metadata);
  await isLive("v3", metadata);
});

test("another mount is mounted, and one that is gone is unmounted; the others stay", async () => {
  const metadata = await versions.metadata("v3");
  const { mounts } = declarationOf(metadata);
  const sidecar = await containerId(machine, "gcsfuse-0");
  const start = Date.now();
  const another = declaring(metadata, { mounts: [...mounts, { ...mounts[0], path: "/srv/more", readOnly: true }] });
  machine.setMetadata(another);
  await isLive("v3", another);
  note("another mount", start);
  expect(await machine.shell("docker exec app ls /srv/more")).toContain("while-failing.zip");
  machine.setMetadata(metadata);
  await isLive("v3", metadata);
  expect(await machine.shell("docker ps --format '{{.Names}}' | sort")).toBe("app\ngcsfuse-0");
  expect(await containerId(machine, "gcsfuse-0")).toBe(sidecar);
});

test("a change while an update is pulled: what was pulled first is not started", async () => {
  const start = Date.now();
  machine.setMetadata(await versions.metadata("v1"));
  await until("it is pulled", () => statusOf(machine)?.update.state === "pulling", { every: 0.01 });
  machine.setMetadata(await versions.metadata("v2"));
  await isLive("v2", await versions.metadata("v2"));
  expect(await availability.secondsWithout(start)).toBeLessThan(LIVE_SECONDS);
});

test("a change while the machine boots is not missed", async () => {
  const [read, changed] = [await versions.metadata("v2"), await versions.metadata("v3")];
  await machine.powerOff();
  machine.setMetadata(read);
  const start = Date.now();
  await machine.powerOn();
  await cloudInitHasRead(start);
  machine.setMetadata(changed);
  await isLive("v3", changed);
  note("changed while the machine booted", start);
});

test("another user-data is booted into, once: a reboot that brings no other one is the last", async () => {
  const metadata = await versions.metadata("v3");
  const other = { ...metadata, "user-data": `${metadata["user-data"]}# another version of the library\n` };
  const boots = machine.bootCount;
  machine.setMetadata(other);
  await until("it reboots", () => statusOf(machine)?.update.state === "rebooting", { every: 0.01, seconds: 60 });
  // Only what cloud-init reads at a boot is the old one, as if the change had not arrived everywhere.
  machine.setMetadata(metadata);
  const { started } = await machine.nextBoot();
  await cloudInitHasRead(started);
  machine.setMetadata(other);
  await updateFails(/^this machine has rebooted for user-data \w+, and another one came up/);
  await until("the old version serves", () => availability.latest === "v3", { seconds: LIVE_SECONDS });
  const serving = Date.now();
  // The watcher asks again after 10 and 20 seconds.
  await sleep(20_000);
  expect(await availability.isAlways("v3", serving)).toBe(true);
  expect(machine.bootCount).toBe(boots + 1);
  const again = { ...metadata, "user-data": `${metadata["user-data"]}# one more version of the library\n` };
  const start = Date.now();
  machine.setMetadata(again);
  await machine.nextBoot();
  await isLive("v3", again);
  note("another user-data", start);
  expect(machine.bootCount).toBe(boots + 2);
  machine.setMetadata(metadata);
  await machine.nextBoot();
  await isLive("v3", metadata);
});

test(
  "the power is cut at random moments of updates: one of the two versions serves, and the wanted one in the end",
  async () => {
    for (let number = 0; number < CUTS; number++) {
      const [version, before] = number % 2 === 0 ? ["v2", "v3"] : ["v3", "v2"];
      const metadata = await versions.metadata(version);
      machine.setMetadata(metadata);
      await sleep(Math.random() * 4000);
      await machine.powerOff();
      await machine.powerOn();
      await until("one of the two serves", () => [version, before].includes(availability.latest ?? ""), {
        seconds: LIVE_SECONDS,
      });
      await isLive(version, metadata);
      expect((await ledger.upload(machine, `cut-${number}.zip`, 1000)).saved).toBeDefined();
    }
    const last = await versions.metadata("v2");
    machine.setMetadata(last);
    await isLive("v2", last);
  },
  120_000 + CUTS * 120_000,
);

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
    // An image is out of Docker's list before its layers are removed from the disk.
    let grown = Infinity;
    await until("their layers are gone, too", async () => (grown = (await diskUse()) - megabytesAtFirst) < LAYER_MIB, {
      seconds: 60,
      every: 0.5,
    });
    process.stdout.write(`Docker's disk use grew by ${grown} MiB since the first version\n`);
    expect(await ledger.lost(world.gcs)).toEqual([]);
  },
  300_000 + UPDATES * 60_000,
);
