/**
 * MediaGoblin as its authors publish it, on the machine, with the props of the example: its database and configuration on a
 * disk, its pictures in the bucket, its administrator's password a secret. Then the VM is thrown away.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIAGOBLIN } from "../../../examples/mediagoblin/stack";
import { ContainerImage } from "../../../lib";
import { inspect, peakMemory } from "../support/boot/containers";
import { plannedMetadata, PROJECT } from "../support/boot/payload";
import { statusOf, until, untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { cacheDir } from "../support/real/cache";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";
import { PersistentDisk } from "../support/simulated/cos-machine/persistent-disk";
import { MEDIAGOBLIN_VERSION, mediagoblinImage } from "../support/whole-apps/mediagoblin-image";
import { MediaGoblinVisit } from "../support/whole-apps/mediagoblin-visit";
import { describeWithMediaGoblin } from "../support/jest/with-mediagoblin";

const screenshots = cacheDir("screenshots");

describeWithMediaGoblin("MediaGoblin on a VM", () => {
  let world: World;
  let machine: CosMachine;
  let disk: PersistentDisk;
  let metadata: Record<string, string>;
  let visit: MediaGoblinVisit;
  let secondsToFirstPage: number;

  beforeAll(async () => {
    world = await World.create();
    visit = await MediaGoblinVisit.begin({
      url: () => machine.httpAddress,
      log: () => machine.shell("docker logs app 2>&1"),
      objects: async () => {
        const names = world.gcs.objects("files").map(({ name }) => name);
        return Object.fromEntries(
          await Promise.all(names.map(async (name) => [name, await world.gcs.sha256("files", name)])),
        );
      },
    });
    world.secretManager.add(`projects/${PROJECT}/secrets/mediagoblin-admin-password`, visit.admin.password);
    const reference = `${world.registry.hosts[0]}/${PROJECT}/images/mediagoblin:${MEDIAGOBLIN_VERSION}`;
    await world.registry.push(await mediagoblinImage(), reference);
    metadata = await plannedMetadata({
      image: ContainerImage.fromRegistry(reference),
      gcsfuse: { image: ContainerImage.fromRegistry(await world.gcsfuseImage()) },
      ...MEDIAGOBLIN,
      mounts: MEDIAGOBLIN.mounts.map((mount) => world.mount(mount)),
    });
    disk = await PersistentDisk.create(MEDIAGOBLIN.disks[0].sizeGb);
    const start = Date.now();
    machine = await world.vmOf(metadata, { disks: { srv: disk } });
    await untilHealthy(machine, 300);
    secondsToFirstPage = (Date.now() - start) / 1000;
  }, 1_800_000);

  afterAll(async () => {
    await visit?.end();
    await world?.close();
    await disk?.remove();
  });

  const inApp = (script: string) => machine.shell(`docker exec app sh -c '${script}'`);

  test("the administrator logs in with the secret", () => visit.adminIsLetIn());

  test("somebody registers through the pages", () => visit.memberRegisters());

  test("and uploads pictures, which somebody else comments", async () => {
    const seconds = await visit.memberUploads();
    await visit.adminComments();
    const memory = await peakMemory(machine, "app");
    process.stdout.write(
      `${JSON.stringify({ secondsToFirstPage, secondsOfUploads: seconds, memoryMib: { app: memory } })}\n`,
    );
  });

  test("the thumbnails are shown, and every file is in the bucket, and served, byte for byte", () =>
    visit.allIsThere(join(screenshots, "mediagoblin-vm.png")));

  test("the database, the configuration and the keys are on the disk, and no picture is", async () => {
    const files = (await inApp("cd /srv && find . -xdev -type f")).split("\n");
    expect(files).toEqual(expect.arrayContaining(["./mediagoblin.db", "./mediagoblin.ini", "./paste.ini"]));
    expect(files.filter((name) => /\.(jpg|png)$/.test(name))).toEqual([]);
    const names = await machine.shell(
      "find /run/gcs-backed-container-app/disk-srv/disk/data/user_dev/media/public -mindepth 1",
    );
    expect(names).toBe("");
  });

  test("the image drops to its own user, as it does elsewhere", async () => {
    const processes = (await machine.shell("docker top app -eo pid,user,args")).split("\n");
    const serving = processes.filter((line) => line.includes("paster serve"));
    expect(serving.length).toBeGreaterThan(0);
    expect(serving.filter((line) => /^ *\d+ +(root|0) /.test(line))).toEqual([]);
  });

  test("the image's own health check passes, and the app was started once", async () => {
    const healthy = async () => (await inspect(machine, "app")).State.Health.Status === "healthy";
    await until("docker says that it is healthy", healthy, { seconds: 60, every: 1 });
    expect((await inspect(machine, "app")).RestartCount).toBe(0);
    expect(statusOf(machine)?.app).toEqual({ state: "live", message: "" });
  });

  test("the password is in no metadata, in no file of Docker's, in no log and nowhere on the VM", async () => {
    const { password } = visit.admin;
    const secret = password.split(" ").at(-1)!;
    expect(JSON.stringify(metadata)).not.toContain(secret);
    expect(await machine.journal()).not.toContain(secret);
    expect(await machine.shell("docker inspect app; docker logs app 2>&1")).not.toContain(secret);
    await machine.shell("sync");
    const found = await machine.shell(
      `grep --recursive --files-with-matches --devices=skip --text -e '${secret}' /var /etc /home /root /tmp /run/gcs-backed-container-app/disk-srv 2>/dev/null`,
      { reject: false },
    );
    expect(found).toBe("");
    // The search does find what is there.
    expect(
      await machine.shell(
        `grep --recursive --files-with-matches --text 'gavroche@example.com' /run/gcs-backed-container-app/disk-srv`,
      ),
    ).toContain("mediagoblin.db");
  });

  test("a setting is changed as the example says, and the pages have it after a restart", async () => {
    const readme = readFileSync(join(__dirname, "../../../examples/mediagoblin/README.md"), "utf8");
    const [command] = /^docker exec app sed .*$/m.exec(readme)!;
    await machine.shell(`${command} && systemctl restart app`);
    const title = async () => /<title>([^<]*)/.exec(await (await fetch(machine.httpAddress)).text())?.[1];
    await until("the title is another", async () => (await title().catch(() => "")) === "Our pictures", {
      seconds: 120,
      every: 1,
    });
    expect(await inApp("stat --format %U /srv/mediagoblin.ini")).toBe("mediagoblin");
  });

  test("the VM is deleted and created again: accounts, pictures and comments are all there", async () => {
    const before = await machine.shell("cat /proc/sys/kernel/random/boot_id /etc/machine-id");
    await machine.destroy();
    const start = Date.now();
    machine = await world.vmOf(metadata, { disks: { srv: disk } });
    await untilHealthy(machine, 300);
    process.stdout.write(`seconds from the new VM to the first page: ${(Date.now() - start) / 1000}\n`);
    expect(before).not.toBe(await machine.shell("cat /proc/sys/kernel/random/boot_id /etc/machine-id"));
    await visit.allIsThere(join(screenshots, "mediagoblin-next-vm.png"));
    await visit.adminIsLetIn();
  }, 600_000);
});
