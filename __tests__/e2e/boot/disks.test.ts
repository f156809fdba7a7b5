/**
 * A database on a persistent disk: the disk's faults, and power cuts. A cut is the kernel's own: ext4 is told to stop at once
 * (EXT4_IOC_SHUTDOWN), so nothing that was not on the disk gets there any more, and then the machine is killed. `CUTS` is how
 * many there are.
 */
import execa from "execa";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, openSync, writeSync, closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { databasesImage } from "../support/boot/app-images";
import { inspect } from "../support/boot/containers";
import { plannedMetadata } from "../support/boot/payload";
import { explained, statusOf, until, untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";
import { PersistentDisk } from "../support/simulated/cos-machine/persistent-disk";

const CUTS = Number(process.env.CUTS || 2);
const DATABASES = ["postgresql", "sqlite"] as const;
const DEVICE = "db";
const WHOLE = `/run/gcs-backed-container-app/disk-${DEVICE}/disk`;

let world: World;
let machine: CosMachine;
let metadata: Record<string, string>;
const disks: PersistentDisk[] = [];
/** The app's own. */
let disk: PersistentDisk;
/** The last number of which each database has said that it is committed. */
const committed = { postgresql: 0, sqlite: 0 };

async function newDisk(sizeGb: number): Promise<PersistentDisk> {
  const created = await PersistentDisk.create(sizeGb);
  disks.push(created);
  return created;
}

beforeAll(async () => {
  world = await World.create();
  metadata = await plannedMetadata({
    ...(await world.demo()),
    sidecars: [
      {
        name: "db",
        image: await databasesImage(world),
        disks: [{ path: "/srv/db", name: DEVICE, sizeGb: 10 }],
        healthCheck: { command: ["pg_isready"], intervalSeconds: 1 },
      },
    ],
  });
  machine = await world.vmOf(metadata);
  disk = await newDisk(10);
}, 600_000);

afterAll(async () => {
  await world?.close();
  for (const one of disks) await one.remove();
});

const inDatabase = (...command: string[]) => machine.exec(["docker", "exec", "sidecar-db", ...command]);
const messageOf = (part: string) => statusOf(machine)?.parts?.[part]?.message ?? "";
const saysOfDisk = (pattern: RegExp) =>
  explained(
    machine,
    until(`${pattern}`, () => pattern.test(messageOf("sidecar-db")), {
      seconds: 120,
    }),
  );
/** What the machine has reported may be of the boot before. */
const databaseIsUp = () =>
  inDatabase("pg_isready").then(
    () => statusOf(machine)?.parts?.["sidecar-db"]?.state === "live",
    () => false,
  );
const untilDatabaseIsUp = () =>
  explained(machine, until("the database is up", databaseIsUp, { seconds: 180, every: 0.5 }));

/** Everything that was committed is there, and nothing is missing in between. */
async function checkDatabases(): Promise<void> {
  for (const name of DATABASES) {
    const { stdout } = await inDatabase("python3", "/usr/local/bin/writer.py", name, "check");
    const [count, largest] = stdout.split(" ").map(Number);
    expect({ name, count }).toEqual({ name, count: largest });
    expect(largest).toBeGreaterThanOrEqual(committed[name]);
  }
}

/** Both databases commit until something ends them; `during` is what happens meanwhile. */
async function whileBothWrite(during: () => Promise<unknown>): Promise<void> {
  const writers = DATABASES.map(async (name) => {
    const command = ["docker", "exec", "sidecar-db", "python3", "/usr/local/bin/writer.py", name, "write"];
    const { stdout } = await machine.exec(command, { reject: false });
    const numbers = stdout.split("\n").filter(Boolean).map(Number);
    expect(numbers.length).toBeGreaterThan(5);
    committed[name] = numbers[numbers.length - 1];
  });
  await sleep(2000 + Math.random() * 3000);
  await during();
  await Promise.all(writers);
}

async function cutPower(): Promise<void> {
  const stop = `import fcntl, os; fcntl.ioctl(os.open("${WHOLE}", os.O_RDONLY), 0x8004587D, (2).to_bytes(4, "little"))`;
  await machine.exec(["python3", "-c", stop]);
  await machine.powerOff();
}

async function hashOfDisk({ file }: PersistentDisk): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** The next boot has another disk, or none. */
async function bootsWith(other: PersistentDisk | undefined): Promise<void> {
  if (machine.isRunning) await machine.shutDown();
  await machine.detachDisk(DEVICE);
  if (other !== undefined) await machine.attachDisk(DEVICE, other);
  await machine.powerOn();
}

const containers = () => machine.shell("docker ps --all --format '{{.Names}}' | sort");

test("while the disk is not attached nothing of the app starts, and the state says so", async () => {
  await saysOfDisk(/^waiting for the mount at \/srv\/db: starting waiting for the disk: .*google-db is not attached/);
  expect(await containers()).not.toMatch(/^(app|sidecar-db)$/m);
});

test("attached late and blank, it is formatted, and has the image's files with their owners", async () => {
  await machine.attachDisk(DEVICE, disk);
  await untilDatabaseIsUp();
  await untilHealthy(machine, 120);
  const { stdout } = await inDatabase("stat", "--format", "%U:%G:%a", "/srv/db", "/srv/db/README");
  expect(stdout).toBe("postgres:postgres:750\nroot:root:644");
  expect(await machine.shell(`findmnt --noheadings --output FSTYPE --mountpoint ${WHOLE}`)).toBe("ext4");
});

test("a larger disk is noticed while it runs, and the database runs on", async () => {
  const { Id } = await inspect(machine, "sidecar-db");
  await disk.resize(12);
  // To grow a mounted file system takes CAP_SYS_RESOURCE, which a VM's root has, and a machine in a container may lack.
  const tried = /the file system has grown to|Permission denied to resize filesystem/;
  await until("it is to grow", async () => tried.test(await machine.journal("disk@db")), { seconds: 30 });
  expect((await inspect(machine, "sidecar-db")).Id).toBe(Id);
  await checkDatabases();
});

test(
  `after each of ${CUTS} power cuts everything that was committed is there`,
  async () => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      await whileBothWrite(cutPower);
      await machine.powerOn();
      await untilDatabaseIsUp();
      await checkDatabases();
    }
    process.stdout.write(`committed before ${CUTS} power cuts, and there: ${JSON.stringify(committed)}\n`);
  },
  120_000 + CUTS * 90_000,
);

test("full, the databases say so, and lose nothing", async () => {
  const fill = "head -c 20G /dev/zero >/srv/db/full 2>/dev/null; ! echo more >>/srv/db/full";
  await inDatabase("sh", "-c", fill);
  for (const name of DATABASES) {
    await inDatabase("timeout", "20", "python3", "/usr/local/bin/writer.py", name, "write").catch(() => undefined);
  }
  await inDatabase("rm", "/srv/db/full").catch(() => machine.shell(`rm -f ${WHOLE}/data/full`));
  await untilDatabaseIsUp();
  await checkDatabases();
});

test("detached while it runs, the database is stopped; attached again, everything is there", async () => {
  await machine.detachDisk(DEVICE);
  await saysOfDisk(/waiting for the disk: .*google-db is not attached/);
  expect(await containers()).not.toContain("sidecar-db");
  await machine.attachDisk(DEVICE, disk);
  await untilDatabaseIsUp();
  await checkDatabases();
});

test("a VM that is replaced while it writes: the next one has what was committed", async () => {
  await whileBothWrite(() => machine.destroy());
  machine = await world.vmOf(metadata, { disks: { [DEVICE]: disk } });
  await untilDatabaseIsUp();
  await checkDatabases();
});

describe("no byte is written to", () => {
  test.each([
    ["another app's disk", /has the file system of the disk other-db, and is not touched/, "other-db data\n"],
    ["another program's file system", /has the file system of another program, and is not touched/, undefined],
  ])("%s, and the app waits", async (_, says, mark) => {
    const foreign = await newDisk(1);
    await execa("mkfs.ext4", ["-q", foreign.device]);
    if (mark !== undefined) {
      const script = `mkdir -p "$1.mount" && mount "$2" "$1.mount" && printf '%s' "$3" >"$1.mount/.gcs-backed-container-app" &&
        umount "$1.mount" && rmdir "$1.mount"`;
      await execa("bash", ["-ec", script, "-", foreign.file, foreign.device, mark]);
    }
    await execa("sync");
    const before = await hashOfDisk(foreign);
    await bootsWith(foreign);
    await saysOfDisk(says);
    expect(await containers()).not.toContain("sidecar-db");
    await machine.shutDown();
    expect(await hashOfDisk(foreign)).toBe(before);
  });

  test("a disk without a file system that has data somewhere", async () => {
    const raw = await newDisk(1);
    const file = openSync(raw.file, "r+");
    writeSync(file, randomBytes(4096), 0, 4096, 2 ** 29);
    closeSync(file);
    const before = await hashOfDisk(raw);
    await bootsWith(raw);
    await saysOfDisk(/has data at byte 5368\d+, but no file system, and is not touched/);
    await machine.shutDown();
    expect(await hashOfDisk(raw)).toBe(before);
  });
});

test("damaged, it is left as it is, and the state says what to do; restored, everything is there", async () => {
  await bootsWith(disk);
  await untilDatabaseIsUp();
  await machine.shutDown();
  const damaged = await newDisk(12);
  await execa("cp", ["--sparse=always", disk.file, damaged.file]);
  // The inodes of the first files.
  const { stdout } = await execa("dumpe2fs", [damaged.device], {
    stderr: "ignore",
  });
  const [, block] = /Inode table at (\d+)/.exec(stdout)!;
  const file = openSync(damaged.file, "r+");
  writeSync(file, randomBytes(4096), 0, 4096, Number(block) * 4096);
  closeSync(file);
  await bootsWith(damaged);
  await saysOfDisk(
    /its file system (is damaged \(e2fsck|cannot be read).*nothing on it was changed: restore a snapshot/,
  );
  await bootsWith(disk);
  await untilDatabaseIsUp();
  await checkDatabases();
});
