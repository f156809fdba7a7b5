import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bucketFiles, docker, removeLocalLeftovers, appName } from "./support/local/local-app";
import { freePort } from "./support/real/free-port";
import { demoFolder, download, localWorld, page, sha256, upload } from "./support/local/local-demo";
import { imageFolder, LocalProject } from "./support/local/local-project";
import { recorded } from "./support/plan";

const small = "hello from the first version\n";
const large = randomBytes(30 * 1024 * 1024);

let world: Awaited<ReturnType<typeof localWorld>>;
beforeAll(async () => {
  await removeLocalLeftovers();
  world = await localWorld();
});
afterAll(async () => {
  await removeLocalLeftovers();
});

describe("the README's first command", () => {
  const project = new LocalProject();
  const name = appName("main");
  let url: string;
  afterAll(async () => {
    await project.destroy();
    project.remove();
  });

  it("deploys main.ts's local stack, and returns when the app answers", async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    const start = Date.now();
    const output = await project.deployMain({
      APP_NAME: name,
      LOCAL_PORT: String(port),
      ...world.env,
    });
    const seconds = (Date.now() - start) / 1000;
    expect(await page(url)).toContain("<form");
    expect(output).toContain(url);
    process.stdout.write(`cdktf deploy local: ${seconds.toFixed(1)} s\n`);
  });

  it("needs no Google account: no google provider is configured", () => {
    const { terraform, provider } = project.synthesized();
    expect(Object.keys(terraform.required_providers)).toEqual(["docker"]);
    expect(Object.keys(provider)).toEqual(["docker"]);
  });

  it("takes an upload, which is an object with the same bytes, is listed and downloads again", async () => {
    expect(await upload(url, "small é %41.txt", small)).toBe(303);
    expect(await upload(url, "large.zip", large)).toBe(303);
    expect(await bucketFiles(name)).toEqual({ "small é %41.txt": sha256(small), "large.zip": sha256(large) });
    expect(await page(url)).toContain("small é %41.txt");
    expect(await download(url, "large.zip")).toBe(sha256(large));
  });

  it("has nothing to change afterwards", async () => {
    expect(await recorded("local-second-diff", "local", () => project.changes())).toEqual({});
  });

  it("publishes on the loopback address only", async () => {
    expect(await docker("port", `${name}-app`)).toMatch(/^80\/tcp -> 127\.0\.0\.1:\d+$/);
  });
});

describe("an app over its life", () => {
  const project = new LocalProject();
  const name = appName("life");
  const other = appName("other");
  let ports: number[];
  const url = (index = 0) => `http://localhost:${ports[index]}`;
  afterAll(async () => {
    await project.destroy();
    project.remove();
  });

  it("runs beside another one, each with its own files", async () => {
    ports = [await freePort(), await freePort()];
    await project.deploy({ [name]: world.demo(ports[0]), [other]: world.demo(ports[1]) });
    expect(await upload(url(0), "a.txt", small)).toBe(303);
    expect(await upload(url(1), "b.txt", small)).toBe(303);
    expect(Object.keys(await bucketFiles(name))).toEqual(["a.txt"]);
    expect(Object.keys(await bucketFiles(other))).toEqual(["b.txt"]);
  });

  it("keeps its files when a changed app is deployed, and leaves the other one alone", async () => {
    const folder = imageFolder({});
    cpSync(demoFolder, folder, { recursive: true });
    const template = join(folder, "demo/templates/page.html");
    writeFileSync(template, readFileSync(template, "utf8").replace("</body>", "<p>second version</p></body>"));
    const untouched = await docker("inspect", "--format", "{{.Id}}", `${other}-app`);
    await project.deploy({ [name]: world.demo(ports[0], folder), [other]: world.demo(ports[1]) });
    expect(await page(url())).toContain("second version");
    expect(await download(url(), "a.txt")).toBe(sha256(small));
    expect(await docker("inspect", "--format", "{{.Id}}", `${other}-app`)).toBe(untouched);
  });

  it("keeps its files over destroy, unless told otherwise", async () => {
    await project.destroy();
    const left = await docker("ps", "--all", "--format", "{{.Names}}");
    expect(left.split("\n").filter((container) => container.startsWith(name))).toEqual([]);
    await project.deploy({ [name]: { ...world.demo(ports[0]), deleteDataOnDestroy: true } });
    expect(await download(url(), "a.txt")).toBe(sha256(small));
    await project.destroy();
    const volumes = (await docker("volume", "ls", "--format", "{{.Name}}")).split("\n");
    expect(volumes.filter((volume) => volume.startsWith(name))).toEqual([]);
    expect(volumes).toContain(`${other}-files`);
  });

  it("says so when a port is taken", async () => {
    const [port] = ports;
    const holder = appName("holder");
    await docker(
      "run",
      "--detach",
      "--name",
      holder,
      "--publish",
      `127.0.0.1:${port}:80`,
      "debian:bookworm-slim",
      "sleep",
      "600",
    );
    await expect(project.deploy({ [name]: world.demo(port) })).rejects.toThrow(
      new RegExp(`a published port is taken already on this machine.*${port}`, "s"),
    );
    await docker("rm", "--force", holder);
    await project.deploy({ [name]: world.demo(port) });
    expect(await page(url())).toContain("<form");
  });
});

describe("a machine without Docker", () => {
  const project = new LocalProject();
  afterAll(() => project.remove());

  it("is told so in one sentence, which names the synth command, and nothing is created", async () => {
    const output = await project.failedDeployOfMain({ DOCKER_HOST: "unix:///nonexistent.sock" });
    expect(output.replace(/[\s│]+/g, " ")).toMatch(
      /Docker does not answer at unix:\/\/\/nonexistent\.sock: start it, or set DOCKER_HOST to where it is; without it, "npx cdktf synth" still shows what would be created/,
    );
    expect(output).not.toMatch(/docker_\w+\.\S+( \(.*\))?: Creating/);
  });
});
