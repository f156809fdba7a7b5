/**
 * No acknowledged upload is ever lost: what the app has answered with success is in the bucket, byte for byte, whatever
 * strikes the machine and the bucket meanwhile. An upload that got another answer, or none, may be there or not.
 *
 * SEED repeats a run's faults and sizes; when exactly they meet is up to the machine that runs the test.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as faults from "../support/boot/vm-faults";
import { Random } from "../support/boot/seeded-random";
import { answers, explained, statusOf, until, untilHealthy } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { UploadLedger } from "../support/boot/upload-ledger";
import { versionOf, Versions } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";
import type { FaultRule } from "../support/simulated/cloud-storage/storage-faults";

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const LEAST_UPLOADS = 300;
/** More at once than gcsfuse streams to the bucket; the others are staged in its folder for temporary files. */
const UPLOADERS = 8;
const HEALED_SECONDS = 120;

/** One stroke of a fault, with what was uploaded from its beginning to that of the next. */
interface Stroke {
  readonly fault: string;
  readonly started: number;
  healthyAfter: number;
}

/** Of the faults and their order. */
const random = new Random(SEED);
const bytes = randomBytes(40 << 20);
const ledger = new UploadLedger();
const strokes: Stroke[] = [];

let world: World;
let machine: CosMachine;
let versionsOfApp: Record<string, string>[];

beforeAll(async () => {
  process.stdout.write(`SEED=${SEED}\n`);
  world = await World.create();
  const versions = new Versions(world);
  versionsOfApp = [await versions.metadata("v1"), await versions.metadata("v2")];
  machine = await world.vmOf(versionsOfApp[0]);
  await untilHealthy(machine, HEALED_SECONDS);
}, 600_000);

afterAll(async () => {
  world?.gcs.faults.clear();
  await world?.gcs.outage(false);
  await world?.close();
});

/** Mostly small, some of a few MiB, a few large ones. */
function randomSize(random: Random): number {
  const kind = random.uniform();
  if (kind < 0.1) return 1 + Math.floor(random.between(0, 16));
  if (kind < 0.65) return Math.floor(random.between(100, 200_000));
  if (kind < 0.96) return Math.floor(random.between(200_000, 4 << 20));
  return Math.floor(random.between(28 << 20, 32 << 20));
}

function randomContent(random: Random): Buffer {
  const size = randomSize(random);
  const offset = Math.floor(random.uniform() * (bytes.length - size));
  return bytes.subarray(offset, offset + size);
}

async function keepUploading(uploader: number, isOver: () => boolean): Promise<void> {
  // Its own: the uploaders take turns as the machine lets them.
  const random = new Random(SEED * 100 + uploader);
  for (let number = 0; !isOver(); number++) {
    const { saved } = await ledger.upload(machine, `upload-${uploader}-${number}.zip`, randomContent(random), 25);
    // Who got an error tries again a little later.
    await sleep(saved === undefined ? 300 : random.between(50, 400));
  }
}

function onMachine(script: string): () => Promise<unknown> {
  return () => machine.shell(script, { reject: false });
}

/** The bucket's trouble, for some seconds. */
function inBucket(...rules: FaultRule[]): () => Promise<unknown> {
  return async () => {
    world.gcs.faults.set({ seed: Math.floor(random.between(1, 1e9)), rules });
    await sleep(random.between(3000, 5000));
    world.gcs.faults.clear();
  };
}

function bucketOutage(mode: "refuse" | "hang"): () => Promise<unknown> {
  return async () => {
    await world.gcs.outage(mode);
    await sleep(random.between(2000, 5000));
    await world.gcs.outage(false);
  };
}

async function update(): Promise<void> {
  const now = versionOf(machine.getMetadata());
  const next = versionsOfApp.find((metadata) => versionOf(metadata).declaration !== now.declaration)!;
  machine.setMetadata(next);
  const runs = () => statusOf(machine)?.running.declaration === versionOf(next).declaration;
  await until("the other version runs", runs, { seconds: HEALED_SECONDS });
}

/** As with a new version of the library. */
async function otherUserData(): Promise<void> {
  const metadata = machine.getMetadata();
  const next = machine.nextBoot();
  machine.setMetadata({ ...metadata, "user-data": `${metadata["user-data"]}# ${Date.now()}\n` });
  await next;
}

async function shutDownAndStart(): Promise<void> {
  await machine.shutDown();
  await machine.powerOn();
}

async function powerOffAndStart(): Promise<void> {
  await machine.powerOff();
  await machine.powerOn();
}

const FAULTS: Record<string, () => Promise<unknown>> = {
  "gcsfuse killed": onMachine(faults.KILL_GCSFUSE),
  "app killed": onMachine(faults.KILL_APP),
  "sidecar's script killed": onMachine(faults.KILL_GCSFUSE_SCRIPT),
  "docker restarted": onMachine(faults.RESTART_DOCKER),
  "dockerd killed": onMachine(faults.KILL_DOCKER),
  "out of memory in the sidecar": onMachine(faults.STARVE_GCSFUSE),
  reboot: () => machine.reboot(),
  update,
  "other user-data": otherUserData,
  "clean shutdown, started again": shutDownAndStart,
  "power off, started again": powerOffAndStart,
  "bucket: 429, 500, 503": inBucket(...([429, 500, 503] as const).map((status) => ({ status, probability: 0.2 }))),
  "bucket: connections reset": inBucket(
    ...(["before", "request", "answer"] as const).map((cut) => ({ cut, probability: 0.15 })),
  ),
  "bucket: acknowledgements lost": inBucket({ cut: "acknowledgement", probability: 0.4 }),
  "bucket: slow": inBucket({ latencyMs: [100, 2000] }),
  "bucket: refuses connections": bucketOutage("refuse"),
  "bucket: does not answer": bucketOutage("hang"),
};

/** The app answers, and saves. */
async function healthy(): Promise<void> {
  await untilHealthy(machine, HEALED_SECONDS);
  const saves = async () => (await ledger.upload(machine, "probe.zip", 1000, 10)).saved !== undefined;
  await explained(machine, until("an upload is saved", saves, { seconds: HEALED_SECONDS, every: 0.2 }));
}

async function strike(fault: string): Promise<void> {
  await sleep(random.between(200, 2000));
  const started = Date.now();
  const stroke = { fault, started, healthyAfter: NaN };
  strokes.push(stroke);
  await FAULTS[fault]();
  // What was struck may take a moment to fall.
  for (const end = Date.now() + 3000; Date.now() < end && (await answers(machine));) await sleep(50);
  await healthy().catch((cause) => {
    throw new Error(`"${fault}" is not healed (SEED=${SEED}): ${cause.message}`, { cause });
  });
  stroke.healthyAfter = (Date.now() - started) / 1000;
}

function printStrokes(lost: readonly { time: number }[]): void {
  const acknowledged = [...ledger.acknowledged.values()];
  const within = (times: readonly { time: number }[], fault: string) =>
    times.filter(({ time }) => strokes.filter(({ started }) => started <= time).pop()?.fault === fault).length;
  const rows = [...new Set(strokes.map(({ fault }) => fault))].map((fault) => {
    const own = strokes.filter((stroke) => stroke.fault === fault);
    const seconds = Math.max(...own.map(({ healthyAfter }) => healthyAfter));
    return [fault, own.length, seconds, within(acknowledged, fault), within(lost, fault)];
  });
  printTable(
    `Uploads with SEED=${SEED}: ${ledger.attempted} tried, ${acknowledged.length} acknowledged, ${lost.length} lost`,
    ["fault", "times", "seconds to healthy, at most", "acknowledged", "lost"],
    rows,
  );
}

test("what was acknowledged is in the bucket, whatever strikes", async () => {
  let over = false;
  const uploading = Promise.all(Array.from({ length: UPLOADERS }, (_, index) => keepUploading(index, () => over)));
  try {
    for (const fault of random.shuffled(Object.keys(FAULTS))) await strike(fault);
    while (ledger.acknowledged.size < LEAST_UPLOADS) await strike(random.pick(Object.keys(FAULTS)));
  } finally {
    over = true;
    await uploading;
  }
  const lost = await ledger.lost(world.gcs);
  printStrokes(lost);
  expect(lost).toEqual([]);
  expect(ledger.acknowledged.size).toBeGreaterThanOrEqual(LEAST_UPLOADS);
}, 900_000);
