import { createHash, randomBytes, randomInt } from "node:crypto";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
// That of Node 20 can wait forever if a container that is starting resets the connection.
import { fetch, FormData } from "undici";
import { gcsfuseAptSource } from "./support/simulated/apt-source";
import { ensureBaseImage } from "./support/real/base-image";
import { DockerEngine, dockerEngine } from "./support/real/docker-engine";
import { ownerLabelArgs } from "./support/real/docker-leftovers";
import { startGcs } from "./support/simulated/cloud-storage/cloud-storage";

const contexts = join(__dirname, "../../container");
const uploads = "/srv/demo-app/demo/uploads";
const builders = [
  ["the classic builder", "classic", "0"],
  ["BuildKit", "buildkit", "1"],
] as const;

let engine: DockerEngine;
let baseImage: string;
const containers: string[] = [];

beforeAll(async () => {
  engine = await dockerEngine();
  baseImage = await ensureBaseImage(engine);
});

afterEach(async () => {
  const left = containers.splice(0);
  if (left.length) await engine.docker(["rm", "--force", "--volumes", ...left]);
});

async function build(context: string, tag: string, buildKit: string, args: Record<string, string> = {}): Promise<void> {
  const buildArgs = Object.entries({ BASE_IMAGE: baseImage, ...args }).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  // The engine's own builder would leave the container of a step that fails; BuildKit has none.
  const tidy = buildKit === "0" ? ["--force-rm"] : [];
  await engine.docker(["build", ...tidy, "--tag", tag, ...buildArgs, context], {
    env: { DOCKER_BUILDKIT: buildKit },
    all: true,
  });
}

async function start(image: string, options: string[], ...command: string[]): Promise<string> {
  const run = ["run", "--detach", ...ownerLabelArgs(), ...options, image, ...command];
  const { stdout: id } = await engine.docker(run);
  containers.push(id);
  return id;
}

async function exec(container: string, ...command: string[]): Promise<string> {
  return (await engine.docker(["exec", container, ...command])).stdout;
}

async function until<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + 15_000; performance.now() < end; await sleep(100)) {
    const result = await attempt().catch(() => undefined);
    if (result !== undefined) return result;
  }
  throw new Error(`waited in vain: ${what}`);
}

describe.each(builders)("the gcsfuse image built by %s", (_, name, buildKit) => {
  const image = `gcs-backed-container-app-e2e/gcsfuse:${name}`;
  const gcsFolder = mkdtempSync(join(tmpdir(), "images-gcs-"));
  let closeGcs: () => Promise<void> = async () => undefined;

  afterAll(async () => {
    await closeGcs();
    rmSync(gcsFolder, { recursive: true });
  });

  beforeAll(async () => {
    await build(join(contexts, "gcsfuse"), image, buildKit, (await gcsfuseAptSource()).signedBuildArgs);
  });

  test("is not built from packages that another key signed", async () => {
    const { GCSFUSE_APT_SOURCE: signed, ...args } = (await gcsfuseAptSource()).signedBuildArgs;
    const GCSFUSE_APT_SOURCE = signed.replace(/,[0-9A-F]{40}\]/, `,${"0".repeat(40)}]`);
    await expect(
      build(join(contexts, "gcsfuse"), `${image}-refused`, buildKit, { ...args, GCSFUSE_APT_SOURCE }),
    ).rejects.toThrow("is not signed");
  });

  test("holds the pinned gcsfuse", async () => {
    const pinned = /^ARG GCSFUSE_VERSION=(.*)$/m.exec(readFileSync(join(contexts, "gcsfuse/Dockerfile"), "utf8"))?.[1];
    const { stdout } = await engine.docker(["run", "--rm", "--entrypoint", "gcsfuse", image, "--version"]);
    expect(pinned).toBe("3.11.4");
    expect(stdout).toContain(`gcsfuse version ${pinned} `);
  });

  test("leaves the package sources and the trusted keys of the base image as they are", async () => {
    const sources = "cd / && find etc/apt usr/share/keyrings -type f -exec md5sum {} + | sort";
    const of = async (reference: string): Promise<string> =>
      (await engine.docker(["run", "--rm", "--entrypoint", "sh", reference, "-c", sources])).stdout;
    expect(await of(image)).toBe(await of(baseImage));
  });

  test("mounts, lets everybody read, clears a dead mount and unmounts on SIGTERM", async () => {
    // Simulated: Cloud Storage, by the emulator on this host's loopback address. The mount itself is the real one.
    const gcs = await startGcs({
      ...{ bucketNames: ["files"], anonymous: true },
      ...{ dataDir: gcsFolder, listenHost: "127.0.0.1" },
    });
    closeGcs = gcs.close;
    await gcs.put("files", "greeting", "hello\n");
    const container = await start(
      image,
      [
        ...["--cap-add", "SYS_ADMIN", "--device", "/dev/fuse", "--security-opt", "apparmor=unconfined"],
        ...["--network", "host", "--entrypoint", "sleep", "--init"],
      ],
      "600",
    );
    const mountpoint = "/mnt/with space, comma";
    await exec(container, "mkdir", "-p", mountpoint);
    const mount = (): Promise<unknown> =>
      engine.docker([
        ...["exec", "--detach", container, "mount-bucket", "-o", "allow_other", "--anonymous-access"],
        ...["--enable-hns=false", "--custom-endpoint", gcs.endpoint, "files", mountpoint],
      ]);
    const read = async (): Promise<string> =>
      (await engine.docker(["exec", "--user", "nobody", container, "cat", `${mountpoint}/greeting`])).stdout;
    const kill = (signal: string): Promise<string> =>
      exec(container, "sh", "-c", `kill -${signal} $(grep -al '^gcsfuse' /proc/[0-9]*/cmdline | cut -d/ -f3)`);
    const mounts = (): Promise<string> => exec(container, "sh", "-c", "grep -c gcsfuse /proc/mounts || true");

    await mount();
    expect(await until("the mount", read)).toBe("hello");
    await kill("KILL");
    await expect(read()).rejects.toThrow("Transport endpoint is not connected");
    await mount();
    expect(await until("the mount after a crash", read)).toBe("hello");
    expect(await mounts()).toBe("1");
    await kill("TERM");
    await until("no mount", async () => ((await mounts()) === "0" ? true : undefined));
  });
});

describe.each(builders)("the demo image built by %s", (_, name, buildKit) => {
  const image = `gcs-backed-container-app-e2e/demo:${name}`;

  beforeAll(() => build(join(contexts, "demo"), image, buildKit));

  test("runs as one user, given by name", async () => {
    const { stdout } = await engine.docker(["image", "inspect", "--format", "{{.Config.User}}", image]);
    expect(stdout).toBe("demo");
    const container = await demo(image);
    const users = await exec(container.id, "sh", "-c", "stat -c %U /proc/[0-9]*/cmdline | sort -u");
    expect(users).toBe("demo");
  });

  test("has an nginx configuration without error or warning", async () => {
    const { stderr } = await engine.docker(["run", "--rm", image, "nginx", "-t", "-c", "/tmp/nginx.conf"]);
    expect(stderr).toContain("test is successful");
    expect(stderr).not.toMatch(/\[(warn|alert|error|emerg)\]/);
  });

  test("takes an upload, lists it and gives it back", async () => {
    const { url } = await demo(image);
    const bytes = randomBytes(24 * 1024 * 1024);
    expect(await upload(url, { name: "clip.mp4", bytes })).toMatchObject({ status: 303 });
    const files = await list(url);
    expect([...files.keys()]).toEqual(["clip.mp4"]);
    expect(sha256(await download(url, files.get("clip.mp4")!))).toBe(sha256(bytes));
  });

  test("is the same when it is built from a checkout that only its owner can read", async () => {
    const listing = "cd /srv/demo-app && find . ! -type l -printf '%M %u %g %p\\n' | sort";
    const of = async (reference: string): Promise<string> =>
      (await engine.docker(["run", "--rm", reference, "sh", "-c", listing])).stdout;
    const copy = mkdtempSync(join(tmpdir(), "demo-context-"));
    try {
      cpSync(join(contexts, "demo"), copy, { recursive: true });
      for (const path of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
        const own = join(copy, path);
        chmodSync(own, statSync(own).mode & 0o700);
      }
      await build(copy, `${image}-private`, buildKit);
    } finally {
      rmSync(copy, { recursive: true });
    }
    expect(await of(`${image}-private`)).toBe(await of(image));
  });
});

describe("the demo", () => {
  const image = "gcs-backed-container-app-e2e/demo:classic";

  test("knows nothing of where its files are kept", async () => {
    const { stdout } = await execa("grep", ["-rilE", "gcs|google|bucket|cloud", join(contexts, "demo")], {
      reject: false,
    });
    expect(stdout).toBe("");
  });

  test("keeps file names as they are, with their bytes", async () => {
    const { url } = await demo(image);
    const names = [
      "two words  and more.txt",
      "caf\u00e9.txt",
      "cafe\u0301.txt",
      "100% %25 %2F.txt",
      "日本語 🎬.mp4",
      `quotes ' and & < > # ? + ; = , ! ~.txt`,
    ];
    for (const name of names) {
      expect(await upload(url, { name, bytes: Buffer.from(name) })).toMatchObject({ status: 303 });
    }
    const files = await list(url);
    expect([...files.keys()].sort()).toEqual([...names].sort());
    for (const name of names) expect(`${await download(url, files.get(name)!)}`).toBe(name);
  });

  test("cleans what no file may be called", async () => {
    const { url } = await demo(image);
    for (const [given, kept] of [
      ["../../etc/cron.txt", "cron.txt"],
      ["..\\windows.txt", "windows.txt"],
      ["...hidden.txt", "hidden.txt"],
      ["tab\there.txt", "tabhere.txt"],
      [`${"é".repeat(300)}.txt`, `${"é".repeat(118)}.txt`],
    ]) {
      expect(await upload(url, { name: given, bytes: Buffer.from("x") })).toMatchObject({ status: 303 });
      expect((await list(url)).has(kept)).toBe(true);
    }
  });

  test("overwrites nothing", async () => {
    const { url } = await demo(image);
    const contents = ["first", "second", "third"];
    await Promise.all(contents.map((text) => upload(url, { name: "same.txt", bytes: Buffer.from(text) })));
    const files = await list(url);
    expect([...files.keys()].sort()).toEqual(["same (1).txt", "same (2).txt", "same.txt"]);
    const kept = await Promise.all([...files.values()].map(async (href) => `${await download(url, href)}`));
    expect(kept.sort()).toEqual([...contents].sort());
  });

  test("takes several files at once, and says of each what became of it", async () => {
    const { url } = await demo(image);
    const bytes = Buffer.from("x");
    const { status, text } = await upload(
      url,
      { name: "a.txt", bytes },
      { name: "b.exe", bytes },
      { name: "c.txt", bytes },
    );
    expect(status).toBe(415);
    expect(text).toMatch(/b\.exe.*not accepted/);
    expect(text).toMatch(/Saved: .*a\.txt/);
    expect([...(await list(url)).keys()]).toEqual(["a.txt", "c.txt"]);
  });

  test("does not mistake contents for the end of a file", async () => {
    const { url } = await demo(image);
    for (let i = 0; i < 20; i++) {
      const pieces = Array.from(
        { length: randomInt(1, 60_000) },
        () => ["\r", "\n", "\r\n--", "-", "x".repeat(40)][randomInt(5)],
      );
      const bytes = Buffer.from(pieces.join(""));
      expect(await upload(url, { name: `${i}.txt`, bytes })).toMatchObject({ status: 303 });
      expect(sha256(await download(url, `/uploads/${i}.txt`))).toBe(sha256(bytes));
    }
  });

  test("tells that a file is too large, also when the size was not announced", async () => {
    const { url } = await demo(image, { env: { MAX_UPLOAD_SIZE: "64k" } });
    const bytes = randomBytes(100_000);
    for (const chunked of [false, true]) {
      const { status, text } = chunked
        ? await post(url, form("large.mp4", [bytes]))
        : await upload(url, { name: "large.mp4", bytes });
      expect(status).toBe(413);
      expect(text).toMatch(/at most\s+64 KiB\s/);
    }
    expect((await upload(url, { name: "small.mp4", bytes: bytes.subarray(0, 60_000) })).status).toBe(303);
    expect([...(await list(url)).keys()]).toEqual(["small.mp4"]);
  });

  test("refuses a limit that is none", async () => {
    const { exitCode, stderr } = await engine.docker(["run", "--rm", "--env", "MAX_UPLOAD_SIZE=much", image], {
      reject: false,
    });
    expect(exitCode).toBe(64);
    expect(stderr).toContain("MAX_UPLOAD_SIZE");
  });

  test("tells that a type is not accepted, and which are can be set", async () => {
    const bytes = Buffer.from("x");
    const usual = await demo(image);
    const refused = await upload(usual.url, { name: "run.exe", bytes });
    expect(refused).toMatchObject({ status: 415, text: expect.stringContaining("not accepted") });
    expect(await list(usual.url)).toEqual(new Map());
    const own = await demo(image, { env: { ALLOWED_EXTENSIONS: ".exe, msi" } });
    expect(await upload(own.url, { name: "run.EXE", bytes })).toMatchObject({ status: 303 });
    expect(await upload(own.url, { name: "a.txt", bytes })).toMatchObject({ status: 415 });
  });

  test("tells that no file was chosen, and that an upload broke off", async () => {
    const { url } = await demo(image);
    expect(await upload(url, { name: "", bytes: Buffer.alloc(0) })).toMatchObject({
      status: 400,
      text: expect.stringContaining("choose a file"),
    });
    const [head] = form("half.txt", []);
    expect(await post(url, [Buffer.concat([head, Buffer.from("half of it")])])).toMatchObject({
      status: 400,
      text: expect.stringContaining("did not arrive whole"),
    });
    expect(await list(url)).toEqual(new Map());
  });

  test("a read-only folder: the trouble is told, nothing is acknowledged", async () => {
    const { url } = await demo(image, { folder: "ro" });
    const { status, text } = await upload(url, { name: "a.txt", bytes: randomBytes(100_000) });
    expect(status).toBe(503);
    expect(text).toContain("read-only");
    expect(text).not.toContain("Saved");
    expect(await list(url)).toEqual(new Map());
  });

  test("a full folder: the trouble is told, and no half of a file stays", async () => {
    const { url } = await demo(image, { folder: "size=1m" });
    const { status, text } = await upload(url, { name: "a.mp4", bytes: randomBytes(8 * 1024 * 1024) });
    expect(status).toBe(507);
    expect(text).toContain("full");
    expect(await list(url)).toEqual(new Map());
    expect((await upload(url, { name: "b.txt", bytes: randomBytes(500_000) })).status).toBe(303);
  });

  test("a slow upload holds up nobody and is not listed before it is whole", async () => {
    const { url } = await demo(image);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = post(url, form("slow.mp4", [randomBytes(2_000_000), held, randomBytes(10)]));
    await sleep(500);
    const from = performance.now();
    expect((await upload(url, { name: "quick.txt", bytes: Buffer.from("x") })).status).toBe(303);
    expect([...(await list(url)).keys()]).toEqual(["quick.txt"]);
    expect(performance.now() - from).toBeLessThan(2000);
    release();
    expect((await slow).status).toBe(303);
    expect([...(await list(url)).keys()]).toEqual(["quick.txt", "slow.mp4"]);
  });

  test("an upload that is given up leaves nothing", async () => {
    const { id, url } = await demo(image);
    const never = new Promise<void>(() => undefined);
    const abort = new AbortController();
    const given = post(url, form("given-up.mp4", [randomBytes(2_000_000), never]), abort.signal);
    await until("its file", async () => (await exec(id, "ls", uploads)).includes("given-up.mp4") || undefined);
    abort.abort();
    await expect(given).rejects.toThrow();
    await until("an empty folder", async () => (await exec(id, "ls", uploads)) === "" || undefined);
  });

  test("lists thousands of files", async () => {
    const { id, url } = await demo(image);
    await exec(id, "bash", "-c", `cd ${uploads} && touch {10001..15000}.txt`);
    const from = performance.now();
    const first = await list(url);
    expect(performance.now() - from).toBeLessThan(2000);
    expect(first.size).toBe(200);
    expect((await list(`${url}?page=25`)).has("15000.txt")).toBe(true);
  });

  test("what was uploaded does not run as part of the site, and nothing else can be read", async () => {
    const { url } = await demo(image, { env: { ALLOWED_EXTENSIONS: "*" } });
    for (const name of ["page.html", "drawing.svg", "no-extension"]) {
      await upload(url, { name, bytes: Buffer.from("<script>alert(1)</script>") });
      const { headers } = await fetch(`${url}uploads/${name}`);
      expect(headers.get("content-security-policy")).toBe("sandbox");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    await upload(url, { name: "<img src=x onerror=alert(1)>", bytes: Buffer.from("x") });
    expect(await (await fetch(url)).text()).not.toContain("<img");
    for (const path of ["/uploads/../web.py", "/uploads/..%2fweb.py", "/uploads../web.py", "/uploads/%2e%2e/web.py"]) {
      expect([400, 404]).toContain(await statusOf(url, path));
    }
  });

  test("SIGTERM: what is under way is finished, then all ends within seconds", async () => {
    const { id, url } = await demo(image);
    const under = post(url, form("last.txt", [Buffer.from("a"), sleep(1500), Buffer.from("b")]));
    await sleep(500);
    const from = performance.now();
    const [, { status }] = await Promise.all([engine.docker(["stop", "--time", "30", id]), under]);
    expect(status).toBe(303);
    expect(performance.now() - from).toBeLessThan(8000);
    expect(await exitCode(id)).toBe("0");
  });

  test("SIGTERM while it starts ends it, too", async () => {
    // The signal meets another moment of the start each time.
    for (let delay = 0; delay < 800; delay += 100) {
      const id = await start(image, []);
      await sleep(delay);
      await engine.docker(["stop", "--time", "8", id]);
      expect([delay, await exitCode(id)]).toEqual([delay, "0"]);
    }
  });

  test.each(["nginx", "gunicorn"])("ends with an error when %s dies", async (program) => {
    const { id } = await demo(image);
    // The first of its processes is the one that leads the others.
    await exec(
      id,
      "bash",
      "-c",
      `kill -9 $(grep -al ${program} /proc/[0-9]*/cmdline | sort -V | head -1 | cut -d/ -f3)`,
    );
    expect((await engine.docker(["wait", id], { timeout: 15_000 })).stdout).toBe("1");
  });
});

test("the scripts of the images pass shellcheck", async () => {
  await execa("shellcheck", [join(contexts, "gcsfuse/mount-bucket"), join(contexts, "demo/start")]);
});

interface Demo {
  readonly id: string;
  readonly url: string;
}

/** The demo without any privilege, on a read-only root, with a folder in memory that its user owns. */
async function demo(image: string, given: { env?: Record<string, string>; folder?: string } = {}): Promise<Demo> {
  const { stdout: uid } = await engine.docker(["run", "--rm", image, "id", "-u"]);
  const id = await start(image, [
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/tmp"],
    ...["--tmpfs", `${uploads}:uid=${uid},gid=${uid},mode=755,${given.folder ?? "rw"}`],
    ...Object.entries(given.env ?? {}).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--publish", "127.0.0.1::80"],
  ]);
  const { stdout: address } = await engine.docker(["port", id, "80/tcp"]);
  const url = `http://${address.trim()}/`;
  await until("the demo's page", async () =>
    (await fetch(url, { signal: AbortSignal.timeout(5000) })).ok ? true : undefined,
  );
  return { id, url };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function upload(url: string, ...files: { name: string; bytes: Buffer }[]): Promise<Answer> {
  const body = new FormData();
  for (const { name, bytes } of files) body.append("file", new Blob([new Uint8Array(bytes)]), name);
  const response = await fetch(url, { method: "POST", body, redirect: "manual" });
  return { status: response.status, text: await response.text() };
}

/** A form with one file, in pieces; a promise among them makes the sender wait. */
function form(name: string, pieces: (Buffer | Promise<unknown>)[]): [Buffer, ...(Buffer | Promise<unknown>)[]] {
  const head = `--limit\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  return [Buffer.from(head), ...pieces, Buffer.from("\r\n--limit--\r\n")];
}

/** Sends a form without saying beforehand how long it is. */
async function post(url: string, pieces: (Buffer | Promise<unknown>)[], signal?: AbortSignal): Promise<Answer> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if (piece instanceof Buffer) yield new Uint8Array(piece);
      else await piece;
    }
  }
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "multipart/form-data; boundary=limit" },
    body: body(),
    duplex: "half",
    redirect: "manual",
    signal,
  });
  return { status: response.status, text: await response.text() };
}

/** The listed names, each with its link. */
async function list(url: string): Promise<Map<string, string>> {
  const page = await (await fetch(url)).text();
  const links = [...page.matchAll(/<li>\s*<a href="(\/uploads\/[^"]*)"/g)].map(([, href]) => href);
  return new Map(links.map((href) => [decodeURIComponent(href.slice("/uploads/".length)), href]));
}

async function download(url: string, href: string): Promise<Buffer> {
  const response = await fetch(new URL(href, url));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The status of a path that is sent as it is, which `fetch` would tidy up. */
function statusOf(url: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) =>
    request(url, { path }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end(),
  );
}

async function exitCode(id: string): Promise<string> {
  return (await engine.docker(["inspect", "--format", "{{.State.ExitCode}}", id])).stdout;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
