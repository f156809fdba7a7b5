import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ContainerImage } from "../../../lib";
import { copypartyImage, frameworkFilesImage } from "../support/boot/app-images";
import { peakMemory } from "../support/boot/containers";
import { AppProps, plannedMetadata } from "../support/boot/payload";
import { statusOf, until, untilHealthy } from "../support/boot/status";
import { download, listedNames, pseudoRandomBytes, sha256, upload } from "../support/boot/uploads";
import { untilWantedIsLive } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

let world: World;
let gcsfuse: { image: ContainerImage };
/** The VM that runs one app after the other. */
let machine: CosMachine;

beforeAll(async () => {
  world = await World.create(["files", "party", "media"]);
  gcsfuse = { image: ContainerImage.fromRegistry(await world.gcsfuseImage()) };
});

afterAll(async () => {
  await world?.close();
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function contentOf(bucket: string, name: string): Promise<string> {
  return (await world.gcs.read(bucket, name)).toString();
}

function namesIn(bucket: string, prefix = ""): string[] {
  return world.gcs.objects(bucket, prefix).map(({ name }) => name);
}

/** The next boot of the VM runs another app. */
async function boots(props: AppProps): Promise<void> {
  await machine.powerOff();
  machine.setMetadata(await plannedMetadata(props));
  await machine.powerOn();
  await untilWantedIsLive(machine, 120);
  await untilHealthy(machine, 120);
}

describe("the demo", () => {
  const stored = new Map<string, string>();

  async function uploads(name: string, size: number, into: CosMachine): Promise<void> {
    expect(await upload(into, name, pseudoRandomBytes(size, name))).toMatchObject({ status: 303 });
    stored.set(name, await sha256(pseudoRandomBytes(size, name)));
  }

  test("serves some seconds after the VM's first boot, with no help", async () => {
    machine = await world.vm(await world.demo());
    await untilHealthy(machine, 120);
    print(`first boot to HTTP 200: ${((Date.now() - machine.boots[0].started) / 1000).toFixed(1)} s`);
    await until("the VM says that the app is live", () => statusOf(machine)?.app.state === "live");
  });

  const nfc = "ünïcödé 日本語 😀.txt".normalize("NFC");
  const names = [
    "plain.txt",
    "with some spaces.txt",
    nfc,
    nfc.normalize("NFD"),
    "100% %41 %2F %zz.txt",
    "a+b&c=d;e,f'g#h.txt",
  ];

  test.each(names)("stores %j as an object with the same bytes, lists it and gives it back", async (name) => {
    await uploads(name, 100_000, machine);
    expect(namesIn("files")).toContain(name);
    expect(await world.gcs.sha256("files", name)).toBe(stored.get(name));
    expect(await listedNames(machine)).toContain(name);
    expect(await download(machine, name)).toEqual({ status: 200, sha256: stored.get(name) });
  });

  test("stores an empty file", async () => {
    await uploads("empty.txt", 0, machine);
    expect(await world.gcs.sha256("files", "empty.txt")).toBe(stored.get("empty.txt"));
  });

  test("stores 1 GiB with little memory", async () => {
    const start = Date.now();
    await uploads("large.mp4", 2 ** 30, machine);
    const uploaded = Date.now();
    expect(await world.gcs.sha256("files", "large.mp4")).toBe(stored.get("large.mp4"));
    const before = Date.now();
    expect(await download(machine, "large.mp4")).toEqual({ status: 200, sha256: stored.get("large.mp4") });
    const downloaded = Date.now();
    const app = await peakMemory(machine, "app");
    const sidecar = await peakMemory(machine, "gcsfuse-0");
    print(`1 GiB: up in ${(uploaded - start) / 1000} s, down in ${(downloaded - before) / 1000} s`);
    print(
      `peak memory, processes (with the kernel's file cache): app ${app.processes} MiB (${app.withFileCache} MiB), ` +
        `sidecar ${sidecar.processes} MiB (${sidecar.withFileCache} MiB)`,
    );
    expect(app.processes).toBeLessThan(256);
    expect(sidecar.processes).toBeLessThan(384);
  });

  test("a new VM with the same bucket serves every file of the old one", async () => {
    await machine.destroy();
    machine = await world.vm(await world.demo());
    await untilHealthy(machine, 120);
    expect((await listedNames(machine)).sort()).toEqual([...stored.keys()].sort());
    stored.delete("large.mp4");
    for (const [name, hash] of stored)
      expect([name, await download(machine, name)]).toEqual([name, { status: 200, sha256: hash }]);
  });
});

describe("a file manager that others wrote, with a user of its own by name", () => {
  async function request(method: string, path: string, headers: Record<string, string> = {}, body?: string | FormData) {
    const response = await fetch(`${machine.httpAddress}${path}`, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }

  beforeAll(async () => {
    await boots({
      image: await copypartyImage(world),
      gcsfuse,
      ports: [{ containerPort: 3923, hostPort: 80 }],
      mounts: [world.mount({ path: "/srv/shared", bucket: "party" })],
    });
  });

  test("is neither root nor told a uid by anybody", async () => {
    const { stdout } = await machine.exec(["docker", "exec", "app", "sh", "-c", "id -un; stat -c '%U %G' /srv/shared"]);
    expect(stdout).toBe("party\nparty party");
  });

  test("uploads, makes folders, renames, copies and deletes", async () => {
    await request("PUT", "/a%20file%20%2541%20%C3%BC.txt", {}, "first");
    await request("MKCOL", "/folder");
    await request("POST", "/a%20file%20%2541%20%C3%BC.txt?move=/folder/moved.txt");
    await request("PUT", "/folder/second.txt", {}, "second");
    await request("POST", "/folder?move=/renamed");
    await request("MOVE", "/renamed/second.txt", { destination: `${machine.httpAddress}/renamed/third.txt` });
    await request("POST", "/renamed/third.txt?copy=/copied.txt");
    expect(await contentOf("party", "renamed/moved.txt")).toBe("first");
    expect(await contentOf("party", "renamed/third.txt")).toBe("second");
    expect(await contentOf("party", "copied.txt")).toBe("second");
    expect(namesIn("party", "folder")).toEqual([]);
    await request("POST", "/renamed?delete");
    expect(namesIn("party", "renamed")).toEqual([]);
    expect(namesIn("party")).toEqual(["copied.txt"]);
  });

  test("takes a form and overwrites", async () => {
    for (const content of ["one version", "another"]) {
      const form = new FormData();
      form.set("act", "bput");
      form.set("replace", "1");
      form.set("f", new Blob([content]), "form.txt");
      await request("POST", "/forms/?replace", {}, form).catch(async () => {
        await request("MKCOL", "/forms");
        await request("POST", "/forms/?replace", {}, form);
      });
    }
    expect(namesIn("party", "forms").filter((name) => name.endsWith(".txt"))).toEqual(["forms/form.txt"]);
    expect(await contentOf("party", "forms/form.txt")).toBe("another");
  });

  test("takes a folder from its own upload program, in chunks and with times", async () => {
    await machine.exec([
      "docker",
      "exec",
      "app",
      "sh",
      "-c",
      `
      mkdir -p /tmp/upload/inner && cp /usr/bin/perl /tmp/upload/program && printf nested > "/tmp/upload/inner/ü %41.txt"
      touch -d @1500000000 /tmp/upload/program
      u2c http://127.0.0.1:3923/inbox/ /tmp/upload`,
    ]);
    const { stdout } = await machine.exec([
      "docker",
      "exec",
      "app",
      "sh",
      "-c",
      "cmp /tmp/upload/program /srv/shared/inbox/upload/program; stat -c %Y /srv/shared/inbox/upload/program; sha256sum </tmp/upload/program",
    ]);
    const [modified, hash] = stdout.split("\n");
    expect(modified).toBe("1500000000");
    expect(`${await world.gcs.sha256("party", "inbox/upload/program")}  -`).toBe(hash);
    expect(await contentOf("party", "inbox/upload/inner/ü %41.txt")).toBe("nested");
  });
});

describe("what frameworks do to files", () => {
  beforeAll(async () => {
    for (let number = 0; number < 3000; number++) await world.gcs.put("media", `thousands/${number}.txt`, "a line\n");
    await boots({
      image: await frameworkFilesImage(world),
      gcsfuse,
      mounts: [world.mount({ path: "/app/media", bucket: "media" })],
    });
  });

  async function habit(name: string): Promise<{ told?: unknown; error?: string }> {
    const response = await fetch(`${machine.httpAddress}/${name}`);
    return (await response.json()) as { told?: unknown; error?: string };
  }

  test.each<[string, unknown, Record<string, string>]>([
    ["saves_an_upload_in_memory", "django/2026/11/small.txt", { "django/2026/11/small.txt": "small" }],
    [
      "moves_an_upload_from_a_temporary_file",
      "django/2026/11/large.bin",
      { "django/2026/11/large.bin": "x".repeat(3_000_000) },
    ],
    [
      "moves_a_temporary_file_of_the_same_folder",
      "the second version",
      { "atomic/document.txt": "the second version" },
    ],
    ["never_overwrites_a_name", ["0", "1", "2"], { "django/same.txt": "0" }],
    ["changes_modes_and_times", 1_600_000_000, { "modes.txt": "modes" }],
    ["copies_with_times", 1_500_000_000, { "copy.txt": "original", "tree/original.txt": "original" }],
    ["makes_nested_folders", ["a/b/c/d/e/f/g/h/deep.txt"], { "a/b/c/d/e/f/g/h/deep.txt": "deep" }],
    ["edits_and_appends", "01--456789ap", { "edited.txt": "01--456789ap" }],
    ["overwrites_and_deletes", "the last", { "overwritten.txt": "the last" }],
    ["renames_folders", 20, { "after/7.txt": "7" }],
    [
      "unpacks_an_archive",
      true,
      { "unpacked/habits.py": readFileSync(join(__dirname, "../apps/framework-files/habits.py"), "utf8") },
    ],
    ["links_symbolically", "target", { "target.txt": "target" }],
    ["reads_what_it_writes", "written, read and written on", { "read-back.txt": "written, read and written on" }],
    ["serves_a_stored_file", 2 ** 20, {}],
    ["lists_thousands", [3000, 21_000], {}],
  ])("%s", async (name, told, objects) => {
    expect(await habit(name)).toMatchObject({ told });
    for (const [object, content] of Object.entries(objects)) expect(await contentOf("media", object)).toBe(content);
  });

  test("what is deleted is gone from the bucket", () => {
    expect(namesIn("media", "deleted")).toEqual([]);
    expect(namesIn("media", "before")).toEqual([]);
    expect(namesIn("media", "atomic")).toEqual(["atomic/", "atomic/document.txt"]);
  });

  test("README's limit: a new file that is deleted before it was ever closed cannot be read", async () => {
    expect((await habit("reads_a_deleted_new_file")).error).toContain("Input/output error");
  });
});
