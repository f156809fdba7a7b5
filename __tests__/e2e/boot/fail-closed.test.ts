import { randomBytes } from "node:crypto";
import {
  checkAppWaitsForItsMounts,
  checkNoFileOfItsOwn,
  checkNothingIsWrittenWithoutMount,
} from "../support/boot/checks";
import { runAppByHand } from "../support/boot/containers";
import { ownFilesNamed } from "../support/boot/files-on-disk";
import { Probe, PROBE_FOLDER, probeProps } from "../support/boot/probe";
import { until, untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

let world: World;
let machine: CosMachine;
let probe: Probe;

const MOUNTPOINT = "/run/gcs-backed-container-app/gcsfuse-0/fs";

beforeAll(async () => {
  world = await World.create();
  machine = await world.vm(await probeProps(world));
  probe = new Probe(machine);
  await untilHealthy(machine, 120);
});

afterAll(async () => {
  await world?.close();
});

test("the search finds files that lie on the VM, also under a mount and in a container", async () => {
  const marker = `found-${Date.now()}`;
  await machine.shell(`
    touch /var/${marker}-disk /tmp/${marker}-memory /mnt/disks/${marker}-disks
    docker exec gcsfuse-0 touch /var/tmp/${marker}-container
    mkdir -p /run/gcs-backed-container-app/gcsfuse-9/fs && touch /run/gcs-backed-container-app/gcsfuse-9/fs/${marker}-under
    mount -t tmpfs none /run/gcs-backed-container-app/gcsfuse-9/fs
  `);
  await probe.write(`${PROBE_FOLDER}/${marker}-bucket`, "in the bucket");
  const found = (await ownFilesNamed(machine, marker)).join("\n");
  for (const where of ["disk", "memory", "disks", "container", "under"]) expect(found).toContain(`${marker}-${where}`);
  expect(found).not.toContain(`${marker}-bucket`);
  await machine.shell(
    "umount /run/gcs-backed-container-app/gcsfuse-9/fs; rm -r /run/gcs-backed-container-app/gcsfuse-9",
  );
});

test("an app that is started by hand before anything is mounted cannot write", async () => {
  await checkNothingIsWrittenWithoutMount(machine);
});

test("an app that is started by hand before the folder is there does not start", async () => {
  await machine.shell(`systemctl stop gcsfuse@0 app; umount ${MOUNTPOINT}/..; rmdir $(dirname ${MOUNTPOINT})`);
  await expect(runAppByHand(machine)).rejects.toThrow("bind source path does not exist");
  await machine.shell("docker rm --force app; systemctl start --no-block gcsfuse@0 app");
  await untilHealthy(machine, 120);
});

/**
 * Writes file after file, some at a time, while the fault strikes and until files are written again. What was
 * acknowledged is in the bucket, and nothing of the rest is anywhere on the machine.
 */
async function writesWhile(marker: string, fault: () => Promise<unknown>): Promise<void> {
  const acknowledged = new Map<string, string>();
  const errors = new Set<string>();
  let number = 0;
  let stop = false;
  let last = 0;
  const writer = async () => {
    while (!stop) {
      const name = `${marker}-${number++}`;
      const body = randomBytes(Math.random() < 0.2 ? 200_000 : 300).toString("base64");
      try {
        await probe.write(`${PROBE_FOLDER}/${marker}/${name}`, body);
        acknowledged.set(name, body);
        last = Date.now();
      } catch (error) {
        errors.add((error as Error).message.replace(/.*: /, ""));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const writers = [writer(), writer(), writer(), writer()];
  try {
    await until("files are written", () => acknowledged.size > 20);
    const started = await startOfApp();
    const struck = Date.now();
    await fault();
    await until("the app was started again", async () => ![started, ""].includes(await startOfApp()), {
      seconds: 120,
      every: 0.5,
    });
    const again = Date.now();
    await until("files are written again", () => last > again, { seconds: 120 });
    process.stdout.write(
      `${marker}: writes again after ${(Date.now() - struck) / 1000} s; errors: ${[...errors].join("; ")}\n`,
    );
  } finally {
    stop = true;
    await Promise.all(writers);
  }
  for (const [name, body] of acknowledged) {
    expect([name, (await world.gcs.read("files", `${marker}/${name}`)).toString() === body]).toEqual([name, true]);
  }
  await checkNoFileOfItsOwn(machine, marker);
  await untilHealthy(machine, 60);
}

function startOfApp(): Promise<string> {
  return machine.shell("docker inspect --format '{{.State.StartedAt}}' app 2>/dev/null", { reject: false });
}

const kill = "kill -9 $(docker inspect --format '{{.State.Pid}}' gcsfuse-0)";

test.each([
  ["killed", kill],
  ["killed-again", `sleep 0.$((RANDOM % 10)); ${kill}`],
  ["stopped-cleanly", "docker stop gcsfuse-0"],
  ["restarted-by-docker", "docker restart gcsfuse-0"],
  ["unit-restarted", "systemctl restart gcsfuse@0"],
  ["unmounted", `umount --lazy ${MOUNTPOINT} && systemctl restart app`],
  ["unmounted-and-killed", `umount --lazy ${MOUNTPOINT}; ${kill}`],
])("gcsfuse %s while the app writes: no file is lost, none is on the VM", async (marker, fault) => {
  await writesWhile(marker, () => machine.shell(fault, { reject: false }));
});

test("at boot the app waits until its bucket answers", async () => {
  await checkAppWaitsForItsMounts(world, machine);
});
