/** Images of others, unchanged and with no uid given: their own files, and workers that are not root. */
import { GcsMount } from "../../../lib";
import { ContainerImage } from "../../../lib";
import { dropsUserImage, DropsUserOptions } from "../support/boot/app-images";
import { plannedMetadata } from "../support/boot/payload";
import { answers, until, untilHealthy } from "../support/boot/status";
import { untilWantedIsLive } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const SITE = "/srv/site";
const MARKER = ".gcs-backed-container-app-filling";
const STATE = "/run/gcs-backed-container-app/state/gcsfuse-0";
/** Enough that the power can be cut in the middle. */
const MANY = 400;

let world: World;
let gcsfuse: { image: ContainerImage };
/** The VM that runs one app after the other. */
let machine: CosMachine;

beforeAll(async () => {
  world = await World.create(["skeleton", "resumed", "cut", "kept", "left", "chowned", "roots"]);
  gcsfuse = { image: ContainerImage.fromRegistry(await world.gcsfuseImage()) };
});

afterAll(async () => {
  await world?.close();
});

async function propsOf(image: DropsUserOptions, mount: Partial<GcsMount>) {
  return { image: await dropsUserImage(world, image), gcsfuse, mounts: [world.mount({ path: SITE, ...mount })] };
}

/** The next boot of the VM runs another app. */
async function boots(image: DropsUserOptions, mount: Partial<GcsMount>, wait = true): Promise<void> {
  const props = await propsOf(image, mount);
  if (machine === undefined) {
    machine = await world.vm(props);
  } else {
    await machine.powerOff();
    machine.setMetadata(await plannedMetadata(props));
    await machine.powerOn();
    if (wait) await untilWantedIsLive(machine, 120);
  }
  if (wait) await untilHealthy(machine, 120);
}

const namesIn = (bucket: string) => world.gcs.objects(bucket).map(({ name }) => name);
const contentOf = async (bucket: string, name: string) => (await world.gcs.read(bucket, name)).toString();
const stateOfMount = () => machine.shell(`cat ${STATE}`);
const inApp = (user: string, script: string) =>
  machine.exec(["docker", "exec", "--user", user, "app", "sh", "-ec", script]).then(({ stdout }) => stdout);

async function put(name: string, content: string): Promise<number> {
  const response = await fetch(`${machine.httpAddress}/${name}`, { method: "PUT", body: content });
  await response.arrayBuffer();
  return response.status;
}

const page = async (name: string) => (await fetch(`${machine.httpAddress}/${name}`)).text();

const SKELETON = (pages: number) =>
  [
    "data/",
    "data/cache/",
    "data/latest",
    "data/pages/",
    ...Array.from({ length: pages }, (_, index) => `data/pages/${index + 1}.txt`),
    "index.html",
  ].sort();

describe("an image that has files where the bucket is mounted", () => {
  const image: DropsUserOptions = { owner: "www-data", pages: 3 };

  test("finds them there at the first start", async () => {
    await boots(image, { bucket: "skeleton" });
    expect(await page("index.html")).toBe("from the image\n");
    expect(await page("data/latest/2.txt")).toBe("page 2\n");
    expect(namesIn("skeleton").sort()).toEqual(SKELETON(3));
    expect(await stateOfMount()).toMatch(
      /^mounted as 33:0; it was empty and has got 8 files and folders of the image$/,
    );
  });

  test("and not again: what the app changed or removed stays so on a new VM", async () => {
    expect(await put("index.html", "changed")).toBeLessThan(300);
    await fetch(`${machine.httpAddress}/data/pages/3.txt`, { method: "DELETE" });
    await machine.destroy();
    machine = await world.vm(await propsOf(image, { bucket: "skeleton" }));
    await untilHealthy(machine, 120);
    expect(await page("index.html")).toBe("changed");
    expect(namesIn("skeleton")).not.toContain("data/pages/3.txt");
    expect(await stateOfMount()).toBe("mounted as 33:0");
  });

  test("gets them where they were copied in part by a VM that is gone", async () => {
    await world.gcs.put("resumed", MARKER, "");
    await world.gcs.put("resumed", "data/pages/1.txt", "pag");
    await world.gcs.put("resumed", "data/pages/2.txt", "somebody else's");
    await boots(image, { bucket: "resumed" });
    expect(namesIn("resumed").sort()).toEqual(SKELETON(3).filter((name) => name !== "data/" && name !== "data/pages/"));
    expect(await contentOf("resumed", "data/pages/1.txt")).toBe("page 1\n");
    expect(await contentOf("resumed", "data/pages/2.txt")).toBe("somebody else's");
  });

  test("is not started before all of them are there, whenever the power is cut", async () => {
    const many: DropsUserOptions = { owner: "www-data", pages: MANY };
    await boots(many, { bucket: "cut" }, false);
    for (const share of [0, 0.2, 0.6]) {
      await until("some of the pages are there", () => namesIn("cut").length > share * MANY, {
        seconds: 120,
        every: 0.02,
      });
      expect(namesIn("cut")).toContain(MARKER);
      expect(await answers(machine)).toBe(false);
      await machine.powerOff();
      await machine.powerOn();
    }
    await untilHealthy(machine, 240);
    expect(namesIn("cut").sort()).toEqual(SKELETON(MANY));
    for (const number of [1, MANY / 2, MANY]) {
      expect(await contentOf("cut", `data/pages/${number}.txt`)).toBe(`page ${number}\n`);
    }
  });

  test("does not see them where the bucket has others, and the state says so", async () => {
    await world.gcs.put("kept", "mine.txt", "there before");
    await boots(image, { bucket: "kept" });
    expect(namesIn("kept")).toEqual(["mine.txt"]);
    expect(await stateOfMount()).toMatch(/; it hides what the image has there: (data, index.html|index.html, data)$/);
  });

  test("nor where the mount says that it stays empty", async () => {
    await boots(image, { bucket: "left", noCopy: true });
    expect(namesIn("left")).toEqual([]);
    expect(await stateOfMount()).toBe("mounted as 33:0");
  });
});

describe("an app that starts as root, and whose workers are www-data,", () => {
  /** @param owns whether they own what they have saved: only to an owner the kernel lets `cp -p` set permissions */
  const checkFiles = async (bucket: string, owns: boolean) => {
    expect(await put("saved.txt", "first")).toBe(201);
    expect(await put("saved.txt", "second")).toBe(204);
    const folder = await fetch(`${machine.httpAddress}/folder/`, { method: "MKCOL" });
    expect(folder.status).toBe(201);
    expect(await put("folder/inner.txt", "inner")).toBe(201);
    expect(await contentOf(bucket, "saved.txt")).toBe("second");
    expect(await contentOf(bucket, "folder/inner.txt")).toBe("inner");
    // What frameworks do to a file that they have saved, and what entrypoints do as root.
    await inApp(
      "www-data",
      `cd ${SITE}; chmod 600 saved.txt; touch -d @1500000000 saved.txt; cp ${owns ? "-p" : ""} saved.txt copy.txt`,
    );
    await inApp("root", `chown -R www-data ${SITE}; chmod -R g+w ${SITE}; echo root >${SITE}/root.txt`);
    await inApp("www-data", `cd ${SITE}; echo more >>root.txt; mv root.txt folder/; rm copy.txt`);
    expect(await contentOf(bucket, "folder/root.txt")).toBe("root\nmore\n");
  };

  test("may write where the image's folder is theirs, which they own then", async () => {
    await boots({ owner: "www-data", pages: 1 }, { bucket: "chowned" });
    await checkFiles("chowned", true);
    expect(await inApp("root", `stat -c %U:%G:%a ${SITE}`)).toBe("www-data:root:755");
  });

  test("may write where it is root's, change modes and set times, without modes for everybody", async () => {
    await boots({ owner: "root", pages: 1 }, { bucket: "roots" });
    await checkFiles("roots", false);
    expect(await inApp("root", `stat -c %U:%G:%a ${SITE}`)).toBe("root:root:755");
    expect(await stateOfMount()).toMatch(/^mounted as 0:0, for everybody to write;/);
  });

  test("but other users of the machine do not even reach the files", async () => {
    const script = `setpriv --reuid 2000 --regid 2000 --clear-groups ls /run/gcs-backed-container-app/gcsfuse-0/fs`;
    await expect(machine.shell(script)).rejects.toThrow("Permission denied");
    expect(await machine.shell("ls /run/gcs-backed-container-app/gcsfuse-0/fs")).toContain("saved.txt");
  });

  test("nor does it take long to stop", async () => {
    const start = Date.now();
    await machine.shell("systemctl stop gcsfuse@0");
    expect(Date.now() - start).toBeLessThan(40_000);
    await machine.shell("systemctl start gcsfuse@0 app");
    await untilHealthy(machine, 120);
    expect(await page("saved.txt")).toBe("second");
  });
});
