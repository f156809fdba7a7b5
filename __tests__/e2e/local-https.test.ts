/** HTTPS on this computer's own Docker: the real Caddy, with the authority that it is itself. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { Agent, Dispatcher, request } from "undici";
import { ContainerImage, Secret } from "../../lib";
import { localApp } from "../support/local";
import { proxyContext } from "./support/boot/proxy-image";
import { download, pseudoRandomBytes, sha256, upload } from "./support/boot/uploads";
import { describeWithProviders } from "./support/jest/with-providers";
import { appName, bucketFiles, docker, removeLocalLeftovers } from "./support/local/local-app";
import { localWorld } from "./support/local/local-demo";
import { imageFolder, LocalProject, LocalProps } from "./support/local/local-project";
import { dockerEngine } from "./support/real/docker-engine";
import { freePort } from "./support/real/free-port";
import { caddyBinary } from "./support/real/go-tools";

const DOMAIN = "photos.example.com";
const PASSWORD = "hunter2 of the test";
const MIB = 2 ** 20;

const project = new LocalProject();
const name = appName("https");
const https = { domains: [DOMAIN], dnsZone: "example-com", email: "me@example.com" };
let httpsPort: number;
let httpPort: number;
let props: (further?: Partial<LocalProps>) => LocalProps;
let root: string;
const agents: Dispatcher[] = [];

const url = (host = "localhost") => `https://${host}:${httpsPort}`;

/** A client that looks every name up here, and sends the user's password or none. */
function client({ ca, password }: { ca?: string; password?: string } = {}): Dispatcher {
  const lookup = (_: string, __: object, found: (error: null, addresses: object[]) => void) =>
    found(null, [{ address: "127.0.0.1", family: 4 }]);
  // @ts-expect-error its types leave out the form with several addresses
  const agent = new Agent({ connect: { ca, lookup } });
  agents.push(agent);
  if (password === undefined) return agent;
  const authorization = `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
  return agent.compose(
    (dispatch) => (options, handler) =>
      dispatch({ ...options, headers: { ...(options.headers as Record<string, string>), authorization } }, handler),
  );
}
const browser = () => ({ httpAddress: url(), dispatcher: client({ ca: root, password: PASSWORD }) });
const statusOf = async (address: string, dispatcher: Dispatcher) => {
  const { statusCode, body } = await request(address, { dispatcher });
  await body.dump();
  return statusCode;
};

/** By the command that the construct tells. */
async function rootCertificate(): Promise<string> {
  const [program, ...args] = localApp({ name, https }).rootCertificateCommand!.split(" ");
  expect([program, args.pop()]).toEqual(["docker", `${name}-root.crt`]);
  const file = join(imageFolder({}), "root.crt");
  await docker(...args, file);
  return readFileSync(file, "utf8");
}

beforeAll(async () => {
  await removeLocalLeftovers();
  const world = await localWorld();
  [httpsPort, httpPort] = [await freePort(), await freePort()];
  const { stdout: hash } = await execa(await caddyBinary(), ["hash-password", "--plaintext", PASSWORD]);
  const secretsFile = join(imageFolder({}), "secrets.env");
  writeFileSync(secretsFile, `SITE_PASSWORD_HASH='${hash}'\n`);
  const image = ContainerImage.fromDirectory(await proxyContext(), { buildArgs: { BASE_IMAGE: world.env.BASE_IMAGE } });
  const passwordHash = Secret.fromSecretManager("site-password-hash", { version: "1" });
  props = (further) => ({
    ...world.demo(80),
    https: { ...https, image, basicAuth: { user: "me", passwordHash } },
    httpsPort,
    httpPort,
    secretsFile,
    ...further,
  });
  await project.deploy({ [name]: props() });
  root = await rootCertificate();
}, 600_000);

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.destroy()));
  await project.destroy();
  project.remove();
  await removeLocalLeftovers();
});

test("who trusts the root certificate is served at localhost, at its address and at the domain", async () => {
  const dispatcher = client({ ca: root, password: PASSWORD });
  for (const host of ["localhost", "127.0.0.1", DOMAIN]) {
    const { statusCode, headers, body } = await request(url(host), { dispatcher });
    expect(await body.text()).toContain("<form");
    expect({ host, statusCode }).toEqual({ host, statusCode: 200 });
    expect(headers["alt-svc"]).toContain(`h3=":${httpsPort}"`);
    // It would be all of localhost's, on every port.
    expect(headers["strict-transport-security"]).toBeUndefined();
  }
});

test("who does not trust it is not served", async () => {
  await expect(statusOf(url(), client())).rejects.toThrow(/certificate/);
});

test("without the password nobody gets to the app", async () => {
  expect(await statusOf(url(), client({ ca: root }))).toBe(401);
  expect(await statusOf(url(), client({ ca: root, password: "another" }))).toBe(401);
});

test("HTTP only redirects, to the port that was chosen, and everything is published on the loopback address only", async () => {
  const { statusCode, headers } = await request(`http://localhost:${httpPort}/uploads/a.jpg?b=c`);
  expect([statusCode, headers.location]).toEqual([308, `${url()}/uploads/a.jpg?b=c`]);
  expect(await docker("port", `${name}-app`)).toBe("");
  expect((await docker("port", `${name}-sidecar-https`)).split("\n").sort()).toEqual(
    [
      `80/tcp -> 127.0.0.1:${httpPort}`,
      `${httpsPort}/tcp -> 127.0.0.1:${httpsPort}`,
      `${httpsPort}/udp -> 127.0.0.1:${httpsPort}`,
    ].sort(),
  );
});

test("an upload lands in the bucket, and comes down unchanged", async () => {
  const bytes = () => pseudoRandomBytes(20 * MIB, "large");
  expect((await upload(browser(), "large.zip", bytes())).status).toBe(303);
  const hash = await sha256(bytes());
  expect(await bucketFiles(name)).toEqual({ "large.zip": hash });
  expect(await download(browser(), "large.zip")).toEqual({ status: 200, sha256: hash });
});

test("its state has the words of the VM's, and nothing of it is tried in vain", async () => {
  const state = 'cat "$RUN_FOLDER/state/sidecar-https"';
  expect(await docker("exec", `${name}-machine`, "sh", "-c", state)).toBe("live ");
  const { stdout, stderr } = await (await dockerEngine()).docker(["logs", `${name}-sidecar-https`]);
  expect(stdout).toContain("certificate obtained successfully");
  expect(`${stdout}\n${stderr}`.split("\n").filter((line) => /"level":"error"/.test(line))).toEqual([]);
});

test("the hash is in no file of the stack, and the app has no way to the authority's key", async () => {
  expect(project.everythingWritten()).not.toContain("$2a$14$");
  const { Mounts } = JSON.parse(await docker("inspect", `${name}-app`))[0];
  expect(JSON.stringify(Mounts)).not.toContain("certificates");
  expect(await docker("volume", "ls", "--format", "{{.Name}}")).toContain(`${name}-disk-certificates`);
});

test("a changed app is served by the same authority: its root certificate is trusted once", async () => {
  await project.deploy({ [name]: props({ environment: { VERSION: "2" } }) });
  expect(await rootCertificate()).toBe(root);
  expect(await statusOf(url(), client({ ca: root, password: PASSWORD }))).toBe(200);
});

test("says so when another program has a port", async () => {
  const another = new LocalProject();
  const taken = another.deploy({ [appName("taken")]: props({ httpPort: await freePort() }) });
  await expect(taken).rejects.toThrow(
    new RegExp(`a published port is taken already on this machine.*${httpsPort}`, "s"),
  );
  await another.destroy();
  another.remove();
}, 300_000);

describeWithProviders("another deployment of the same", () => {
  test("has nothing to change", async () => {
    expect(await project.changes()).toEqual({});
  });
});
