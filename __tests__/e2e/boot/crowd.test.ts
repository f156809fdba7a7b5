/** Many people at once, on a VM with the memory of the default machine type. */
import { randomBytes } from "node:crypto";
import { containerId } from "../support/boot/containers";
import { answers, untilHealthy } from "../support/boot/status";
import { UploadLedger } from "../support/boot/upload-ledger";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const PEOPLE = 50;
const BYTES = 20 * 1e6;

let world: World;
let machine: CosMachine;

beforeAll(async () => {
  world = await World.create();
  // e2-small, page cache included, and nothing to swap to.
  machine = await world.vm(await world.demo(), { memory: "2g" });
  await untilHealthy(machine, 180);
}, 600_000);

afterAll(async () => {
  await world?.close();
});

/** How often the kernel has killed for want of memory, in the machine and all that runs on it. */
async function kills(): Promise<number> {
  const counters = "find /sys/fs/cgroup -name memory.oom_control -o -name memory.events | xargs cat";
  const lines = (await machine.shell(counters)).split("\n").filter((line) => line.startsWith("oom_kill "));
  expect(lines.length).toBeGreaterThan(0);
  return lines.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
}

test(`${PEOPLE} people upload 20 MB each at once: all are told that it is saved, all is saved, nothing is killed`, async () => {
  const ledger = new UploadLedger();
  const before = { app: await containerId(machine), gcsfuse: await containerId(machine, "gcsfuse-0") };
  // Each its own bytes, from one block: the beginning tells whose they are.
  const block = randomBytes(BYTES);
  const contents = Array.from({ length: PEOPLE }, (_, person) => Buffer.concat([Buffer.from(`${person} `), block]));
  const sent = await Promise.all(
    contents.map((content, person) => ledger.upload(machine, `person-${person}.zip`, content, 300)),
  );
  expect(sent.map(({ saved, status, trouble }) => saved ?? `${status} ${trouble}`)).toEqual(
    contents.map((_, person) => `person-${person}.zip`),
  );
  expect(await ledger.lost(world.gcs)).toEqual([]);
  expect({ app: await containerId(machine), gcsfuse: await containerId(machine, "gcsfuse-0") }).toEqual(before);
  expect(await kills()).toBe(0);
  expect(await answers(machine)).toBe(true);
}, 400_000);
