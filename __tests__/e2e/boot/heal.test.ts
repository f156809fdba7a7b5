/**
 * The machine heals by itself from what breaks while it boots and while it runs. An outage at boot is shortened to what
 * takes every retry to its longest pause, after which a longer one is no different: the pauses of the scripts double from
 * 1 to 10 seconds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RestartPolicy } from "../../../lib";
import { containerId, isRunning } from "../support/boot/containers";
import * as faults from "../support/boot/vm-faults";
import { declaring, plannedMetadata } from "../support/boot/payload";
import { answers, statusHistory, statusOf, until, untilHealthy } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { UploadLedger } from "../support/boot/upload-ledger";
import { untilProven } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";
import { Gcs, startGcs } from "../support/simulated/cloud-storage/cloud-storage";

/** Longer than 1 + 2 + 4 + 8 seconds. */
const OUTAGE_SECONDS = 17;
/** Generous: the test's own machine may be busy. */
const HEALED_SECONDS = 90;
/** Seconds between questions that start a process or two on the machine. */
const ASKED_EVERY = 0.5;
/**
 * A machine is healthy when it stays so for this long: more than the scripts take to see that a mount has been replaced
 * under the app, and to end it for that.
 */
const STAYS_SECONDS = 5;
const MOUNT_PATH = "/srv/demo-app/demo/uploads";

let world: World;
/** Docker's live restore is on, as on COS; its bucket is the world's. */
let first: CosMachine;
/** Live restore is off; its bucket is its own. */
let second: CosMachine;
let secondGcs: Gcs;
const secondFolder = mkdtempSync(join(tmpdir(), "e2e-gcs-"));
const ledger = new UploadLedger();
const secondLedger = new UploadLedger();
let hanging: Promise<void>;
const healed: [fault: string, outage: string, seconds: number][] = [];

beforeAll(async () => {
  world = await World.create();
  secondGcs = await startGcs({
    bucketNames: ["files"],
    tokens: (token) => world.tokens.isValid(token),
    dataDir: secondFolder,
    listenHost: world.network.gateway,
  });
  // Built and pushed before any time is taken.
  await world.demo();
}, 600_000);

afterAll(async () => {
  printTable("Heals by itself", ["fault", "lasted", "seconds to healthy"], healed);
  await world?.close();
  await secondGcs?.close();
  rmSync(secondFolder, { recursive: true, force: true });
});

/** From the end of the fault to the first 200; in between nothing was served, and the reported state said why. */
async function healsAfterBootWith(
  what: string,
  machine: CosMachine,
  reason: RegExp,
  endFault: () => Promise<void> | void,
): Promise<void> {
  const end = Date.now() + OUTAGE_SECONDS * 1000;
  await until(`the state says ${reason}`, () => reason.test(statusOf(machine)?.app.message ?? ""), { seconds: 60 });
  while (Date.now() < end) {
    expect(await answers(machine)).toBe(false);
    await sleep(500);
  }
  await endFault();
  healed.push([what, `${OUTAGE_SECONDS} s`, await untilHealthy(machine, HEALED_SECONDS)]);
  await staysLive(machine);
}

async function isLive(machine: CosMachine): Promise<void> {
  await until("the state is live", () => statusOf(machine)?.app.state === "live", { seconds: 30 });
}

/** It has healed once: since it is live, every question is answered, and nothing is started again. */
async function staysLive(machine: CosMachine): Promise<void> {
  await isLive(machine);
  const since = Date.now();
  const containers = async () => [await containerId(machine), await containerId(machine, "gcsfuse-0")];
  const before = await containers();
  const unanswered: number[] = [];
  while (Date.now() < since + STAYS_SECONDS * 1000) {
    if (!(await answers(machine))) unanswered.push((Date.now() - since) / 1000);
    await sleep(100);
  }
  const states = statusHistory(machine).filter(({ time }) => time > since);
  expect({ unanswered, states, containers: await containers() }).toEqual({
    unanswered: [],
    states: [],
    containers: before,
  });
}

async function savesUploads(machine: CosMachine): Promise<void> {
  const [book, gcs] = machine === first ? [ledger, world.gcs] : [secondLedger, secondGcs];
  const { trouble, saved } = await book.upload(machine, `file-${book.attempted}.zip`, 100_000);
  expect([trouble, saved]).toEqual([undefined, expect.stringMatching(/^file-/)]);
  expect(await book.lost(gcs)).toEqual([]);
}

async function isReplaced(machine: CosMachine, before: string, seconds: number, container = "app"): Promise<void> {
  const replaced = async () => ![before, ""].includes(await containerId(machine, container));
  await until(`${container} is a new container`, replaced, { seconds, every: ASKED_EVERY });
}

/** Breaks something of a machine that serves, and measures until another app container answers. */
async function healsFrom(what: string, machine: CosMachine, script: string | (() => Promise<unknown>)): Promise<void> {
  const before = await containerId(machine);
  const start = Date.now();
  await (typeof script === "string" ? machine.shell(script, { reject: false }) : script());
  await isReplaced(machine, before, HEALED_SECONDS);
  await untilHealthy(machine, HEALED_SECONDS);
  healed.push([what, "", (Date.now() - start) / 1000]);
  await staysLive(machine);
  await savesUploads(machine);
}

/** Also while the machine still boots, as soon as systemd takes orders. */
async function rebootsAtOnce(machine: CosMachine): Promise<void> {
  const boots = machine.bootCount;
  const ordered = async () =>
    machine.bootCount > boots || !(await machine.exec(["systemctl", "reboot"], { reject: false })).failed;
  await until("systemd takes the order", ordered, { seconds: 30 });
  // Less than the sidecar's time to stop: the order to stop meets it while it starts, and must not be lost.
  await until("the next boot has begun", () => machine.bootCount > boots, { seconds: 45 });
}

async function powerCycle(machine: CosMachine): Promise<void> {
  await machine.powerOff();
  await machine.powerOn();
}

test("first boot while the registry cannot be reached", async () => {
  world.registry.setFault("unreachable");
  first = await world.vm(await world.demo());
  await healsAfterBootWith("first boot, registry unreachable", first, /^cannot pull .*demo:1: /, () =>
    world.registry.setFault(undefined),
  );
  await savesUploads(first);
});

test("first boot while the registry answers 403; one with its images needs no registry, but its bucket", async () => {
  world.registry.setFault("denied");
  await Promise.all([
    (async () => {
      const mounts = [world.mount({ path: MOUNT_PATH, customEndpoint: secondGcs.endpoint })];
      second = await world.vm(await world.demo({ mounts }), { liveRestore: false });
      await healsAfterBootWith("first boot, registry answers 403", second, /^cannot pull .*denied/, async () => {
        await until("the other machine does without the registry", () => answers(first), { seconds: HEALED_SECONDS });
        world.registry.setFault(undefined);
      });
      await savesUploads(second);
    })(),
    (async () => {
      await first.powerOff();
      await world.gcs.outage("refuse");
      await first.powerOn();
      await healsAfterBootWith(
        "boot, bucket refuses connections",
        first,
        /the bucket does not answer: .*connection refused/,
        () => world.gcs.outage(false),
      );
      await savesUploads(first);
    })(),
  ]);
});

test("boot while the bucket answers 403, and while it does not answer", async () => {
  world.gcs.deny(true);
  await secondGcs.outage("hang");
  await Promise.all([powerCycle(first), powerCycle(second)]);
  await Promise.all([
    healsAfterBootWith(
      "boot, bucket answers 403",
      first,
      /the bucket cannot be used: Permission denied: .*Error 403/,
      () => world.gcs.deny(false),
    ),
    healsAfterBootWith("boot, bucket does not answer", second, /the bucket does not answer/, () =>
      secondGcs.outage(false),
    ),
  ]);
  await savesUploads(first);
  await savesUploads(second);
});

test("boot while the bucket does not exist; reboot; a reboot while the machine still boots", async () => {
  await Promise.all([
    (async () => {
      await second.powerOff();
      secondGcs.removeBucket("files");
      secondLedger.acknowledged.clear();
      await second.powerOn();
      await healsAfterBootWith("boot, bucket is made later", second, /the bucket cannot be used: .*not exist/, () =>
        secondGcs.createBucket("files"),
      );
      await savesUploads(second);
    })(),
    (async () => {
      const start = Date.now();
      await first.reboot();
      await untilHealthy(first, HEALED_SECONDS);
      healed.push(["reboot", "", (Date.now() - start) / 1000]);
      await staysLive(first);
      for (const moment of ["cloud-init runs", "the units start"]) {
        await first.reboot();
        if (moment === "the units start") await first.cloudInitDone();
        const again = Date.now();
        await rebootsAtOnce(first);
        await untilHealthy(first, HEALED_SECONDS);
        healed.push([`two reboots, the second while ${moment}`, "", (Date.now() - again) / 1000]);
      }
      await savesUploads(first);
    })(),
  ]);
});

test("something dies while it serves", async () => {
  await Promise.all([
    (async () => {
      await healsFrom("gcsfuse killed", first, faults.KILL_GCSFUSE);
      await healsFrom("app killed", first, faults.KILL_APP);
      await healsFrom("the sidecar's script killed", first, faults.KILL_GCSFUSE_SCRIPT);
      await healsFrom("the app's script killed", first, faults.KILL_APP_SCRIPT);
      await healsFrom("docker restarted, live restore", first, faults.RESTART_DOCKER);
      await healsFrom("dockerd killed, live restore", first, faults.KILL_DOCKER);
      await healsFrom("out of memory in the sidecar", first, async () => {
        await first.shell(faults.STARVE_GCSFUSE);
        const sent = await Promise.all([..."abcdef"].map((name) => ledger.upload(first, `${name}.zip`, 8 << 20)));
        expect(sent.filter(({ saved }) => saved === undefined)).not.toEqual([]);
      });
    })(),
    (async () => {
      await healsFrom("docker restarted, no live restore", second, faults.RESTART_DOCKER);
      await healsFrom("dockerd killed, no live restore", second, faults.KILL_DOCKER);
    })(),
  ]);
  // It takes a minute, and the tests that follow need the other machine only.
  hanging = healsFrom("gcsfuse hangs (SIGSTOP)", second, faults.STOP_GCSFUSE_PROCESS);
  hanging.catch(() => undefined);
}, 400_000);

test("no room for temporary files: new files need none; a change of a file fails, and leaves the file whole", async () => {
  const change = async () => {
    const script = `printf more >>${MOUNT_PATH}/file-0.zip && echo saved`;
    return (await first.exec(["docker", "exec", "app", "bash", "-c", script], { reject: false, all: true })).all;
  };
  await first.shell(faults.FILL_TEMP_DIR);
  await savesUploads(first);
  expect((await ledger.upload(first, "large.zip", 40 << 20)).trouble).toBe(undefined);
  // gcsfuse would save the next change of the file without a part of it; it is ended, and starts with room.
  await healsFrom("no room for temporary files", first, async () => {
    expect(await change()).toMatch(/No space left on device/);
  });
  expect(await ledger.lost(world.gcs)).toEqual([]);
  expect(await change()).toBe("saved");
  const { size } = ledger.acknowledged.get("file-0.zip")!;
  const bytes = await world.gcs.read("files", "file-0.zip");
  expect([bytes.length, bytes.subarray(size).toString()]).toEqual([size + 4, "more"]);
  ledger.acknowledged.delete("file-0.zip");
});

describe("restart policy", () => {
  /** Ends with the code that is written to /tmp/code, and with 0 when it cannot read its folder. */
  const script = `until [ -s /tmp/code ]; do ls ${MOUNT_PATH} >/dev/null || exit 0; sleep 0.1; done; exit $(cat /tmp/code)`;

  let planned: Record<string, string>;

  beforeAll(async () => {
    const entrypoint = ["/bin/bash", "-c", script];
    planned = await plannedMetadata(await world.demo({ restartPolicy: RestartPolicy.ALWAYS, entrypoint, ports: [] }));
  });

  async function boots(policy: RestartPolicy): Promise<void> {
    await first.powerOff();
    first.setMetadata(declaring(planned, { restartPolicy: policy }));
    await first.powerOn();
    // Before, an end would have it taken back.
    await untilProven(first, HEALED_SECONDS);
    await runs();
  }

  async function runs(): Promise<void> {
    await until("the app runs", () => isRunning(first, "app"), { seconds: HEALED_SECONDS, every: ASKED_EVERY });
    await isLive(first);
  }

  async function appEnds(code: number): Promise<void> {
    await first.exec(["docker", "exec", "app", "bash", "-c", `echo ${code} >/tmp/code`]);
    await until("the app has ended", async () => !(await isRunning(first, "app")), { seconds: 10, every: ASKED_EVERY });
  }

  async function appEndsAndStarts(code: number): Promise<void> {
    const before = await containerId(first);
    await first.exec(["docker", "exec", "app", "bash", "-c", `echo ${code} >/tmp/code`]);
    await isReplaced(first, before, 30);
    await runs();
  }

  async function staysStopped(code: number): Promise<void> {
    await until("the state is stopped", () => statusOf(first)?.app.state === "stopped", { seconds: 20 });
    expect(statusOf(first)?.app.message).toBe(`the app ended with exit code ${code}`);
    for (const fault of [faults.KILL_GCSFUSE, faults.RESTART_DOCKER]) {
      const before = await containerId(first, "gcsfuse-0");
      await first.shell(fault);
      await isReplaced(first, before, 60, "gcsfuse-0");
      const mountAnswers = async () =>
        !(await first.exec(["ls", "/run/gcs-backed-container-app/gcsfuse-0/fs"], { reject: false })).failed;
      await until("the mount answers", mountAnswers, { every: ASKED_EVERY });
      // More than the unit's pause before a restart.
      await sleep(3000);
      expect(await isRunning(first, "app")).toBe(false);
      expect(statusOf(first)?.app.state).toBe("stopped");
    }
  }

  async function startsAfterItsMountDied(): Promise<void> {
    const before = await containerId(first);
    await first.shell(faults.KILL_GCSFUSE);
    await isReplaced(first, before, 60);
    await runs();
    const since = Date.now();
    expect(statusHistory(first).filter(({ time, app }) => time > since && app.state === "stopped")).toEqual([]);
  }

  test("always: starts again whatever the exit code was", async () => {
    await boots(RestartPolicy.ALWAYS);
    await appEndsAndStarts(0);
    await appEndsAndStarts(3);
  });

  test("on failure: starts again after a failure or a death with its mount, and stays stopped after exit code 0", async () => {
    await boots(RestartPolicy.ON_FAILURE);
    await appEndsAndStarts(3);
    await startsAfterItsMountDied();
    await appEnds(0);
    await staysStopped(0);
  });

  test("no: starts again after a death with its mount, and stays stopped after any exit code", async () => {
    await boots(RestartPolicy.NO);
    await startsAfterItsMountDied();
    await appEnds(3);
    await staysStopped(3);
  });
});

test("a gcsfuse that hangs is ended after a minute", () => hanging);
