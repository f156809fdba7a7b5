/** A whole app on this computer's own Docker: a companion with its data on a disk, and secrets. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../lib";
import { describeWithProviders } from "./support/jest/with-providers";
import { freePort } from "./support/real/free-port";
import { appName, docker, removeLocalLeftovers } from "./support/local/local-app";
import { localWorld, page } from "./support/local/local-demo";
import { imageFolder, LocalProject } from "./support/local/local-project";

const PASSWORD = 'hunter2-of-the-test "two words"';
const KEY = "key-of-the-test";
/** Of the image, and so of the blank disk. */
const STATIC = "/srv/demo-app/demo/static";

const project = new LocalProject();
const name = appName("whole");
let url: string;
let deploy: () => Promise<void>;
let secretsFile: string;

beforeAll(async () => {
  await removeLocalLeftovers();
  const world = await localWorld();
  const port = await freePort();
  url = `http://localhost:${port}`;
  secretsFile = join(imageFolder({}), "secrets.env");
  writeFileSync(secretsFile, `DB_PASSWORD='${PASSWORD}'\nTLS_KEY=${KEY}\n`);
  const demo = world.demo(port);
  const password = Secret.fromSecretManager("db-password", { version: "1" });
  deploy = () =>
    project.deploy({
      [name]: {
        ...demo,
        secrets: { DB_PASSWORD: password },
        secretFiles: { "/run/secrets/tls.key": Secret.fromSecretManager("tls-key") },
        secretsFile,
        sidecars: [
          {
            name: "store",
            image: demo.image,
            secrets: { STORE_PASSWORD: password },
            disks: [{ path: STATIC, name: "static", sizeGb: 10 }],
            // Only with the secret, and only once it answers.
            healthCheck: {
              command: [
                "python3",
                "-c",
                "import os, urllib.request as r; os.environ['STORE_PASSWORD']; r.urlopen('http://localhost/')",
              ],
            },
          },
        ],
      },
    });
  await deploy();
}, 300_000);

afterAll(async () => {
  await project.destroy();
  project.remove();
  await removeLocalLeftovers();
});

const inContainer = (container: string, ...command: string[]) =>
  docker("exec", "--user", "root", `${name}-${container}`, ...command);
/** Of the program itself: what docker starts in the container does not have them. */
const environmentOf = async (container: string) =>
  (await docker("exec", `${name}-${container}`, "cat", "/proc/1/environ")).split("\0");
const deployed = async () => docker("ps", "--all", "--quiet", "--filter", `label=gcs-backed-container-app=${name}`);

test("the app and its sidecar run, and find each other by name", async () => {
  expect(await page(url)).toContain("<form");
  const ask = (host: string) => `import urllib.request as r; print(r.urlopen('http://${host}/').status)`;
  expect(await inContainer("app", "python3", "-c", ask("store"))).toBe("200");
  expect(await inContainer("sidecar-store", "python3", "-c", ask("app"))).toBe("200");
});

test("secrets are there, byte for byte, and nobody else has them", async () => {
  expect(await environmentOf("app")).toContain(`DB_PASSWORD=${PASSWORD}`);
  expect(await environmentOf("sidecar-store")).toContain(`STORE_PASSWORD=${PASSWORD}`);
  expect(await inContainer("app", "cat", "/run/secrets/tls.key")).toBe(KEY);
  const containers = (await deployed()).split("\n");
  expect(containers.length).toBeGreaterThanOrEqual(5);
  const said = `${await docker("inspect", ...containers)}${project.everythingWritten()}`;
  expect(said).toContain("db-password");
  expect(said).not.toContain("hunter2");
  expect(said).not.toContain(KEY);
});

test("a blank disk has the image's files, with their modes", async () => {
  expect(await inContainer("sidecar-store", "cat", `${STATIC}/style.css`)).toBe(
    readFileSync(join(__dirname, "../../container/demo/demo/static/style.css"), "utf8").trimEnd(),
  );
});

test("what is on the disk outlives the app, and the image's files do not come back", async () => {
  await inContainer("sidecar-store", "sh", "-c", `echo kept >${STATIC}/mine && rm ${STATIC}/upload.js && sync`);
  await project.destroy();
  expect(await deployed()).toBe("");
  await deploy();
  expect(await page(url)).toContain("<form");
  expect(await inContainer("sidecar-store", "cat", `${STATIC}/mine`)).toBe("kept");
  await expect(inContainer("sidecar-store", "cat", `${STATIC}/upload.js`)).rejects.toThrow("No such file");
});

describeWithProviders("another deployment of the same", () => {
  test("has nothing to change", async () => {
    expect(await project.changes()).toEqual({});
  });
});
