/** HTTPS on the machine: the real Caddy and a real authority for tests (Pebble), updates under requests, another VM. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Declaration } from "../../../lib/boot/declaration";
import { BrowserOf } from "../support/boot/browser-of";
import { containerId, inspect } from "../support/boot/containers";
import { Load } from "../support/boot/load";
import { DOMAIN, HttpsWorld, untilServed } from "../support/boot/https-world";
import { declaring } from "../support/boot/payload";
import { explained, statusOf, until } from "../support/boot/status";
import { download, pseudoRandomBytes, sha256, upload } from "../support/boot/uploads";
import { untilProven, untilWantedIsLive } from "../support/boot/versions";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const MIB = 2 ** 20;
const UPDATES = Number(process.env.UPDATES || 3);

let world: HttpsWorld;
let machine: CosMachine;
let browser: BrowserOf;

beforeAll(async () => {
  world = await HttpsWorld.create();
  await world.authority.setNames({});
  await world.authority.start();
  machine = await world.vm();
  browser = await world.browserOf(machine);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test("before there is a DNS record, the state names the domain and what the authority says; the app runs", async () => {
  // What Let's Encrypt calls an error of dns, Pebble calls malformed.
  const said = /^photos\.test has no certificate yet: HTTP 400 urn:ietf:params:acme:error:\w+ - Could not resolve /;
  const isSaid = () => said.test(statusOf(machine)?.parts?.["sidecar-https"]?.message ?? "");
  await explained(machine, until("the state says it", isSaid, { seconds: 180 }));
  expect(statusOf(machine)!.parts!["sidecar-https"].state).toBe("live");
  await untilWantedIsLive(machine, 60);
  await world.authority.setNames({ [DOMAIN]: machine.address });
  // It would ask again after a minute.
  await machine.shell("systemctl restart sidecar@https");
});

test("the domain gets its certificate, and the app is served with it", async () => {
  await untilServed(browser, machine, 180);
  expect(world.authority.issued).toBe(1);
  const { headers } = await browser.get("/");
  expect(headers["strict-transport-security"]).toBe("max-age=2592000");
  expect(headers["alt-svc"]).toContain('h3=":443"');
  await untilWantedIsLive(machine, 60);
  const noMessage = () => statusOf(machine)!.parts!["sidecar-https"].message === "";
  await explained(machine, until("its state says nothing more", noMessage));
});

test("HTTP only redirects, and the app's own port is not published", async () => {
  const { status, headers } = await browser.get("/uploads/a.jpg?b=c", "http");
  expect(status).toBe(308);
  expect(headers.location).toBe(`https://${DOMAIN}/uploads/a.jpg?b=c`);
  const published = async (name: string) => Object.keys((await inspect(machine, name)).HostConfig.PortBindings).sort();
  expect(await published("app")).toEqual([]);
  expect(await published("sidecar-https")).toEqual(["443/tcp", "443/udp", "80/tcp"]);
});

test("20 MB go up and come down unchanged", async () => {
  const { status } = await upload(browser, "large.zip", pseudoRandomBytes(20 * MIB, "large"));
  expect(status).toBeLessThan(400);
  expect(await download(browser, "large.zip")).toEqual({
    status: 200,
    sha256: await sha256(pseudoRandomBytes(20 * MIB, "large")),
  });
});

/** Many clients of the app at once: pages, and files that are saved. */
function loadOf(megabytes: number): Load {
  return new Load(4, async (client, number) => {
    await sleep(50);
    if (client > 0) {
      const { status } = await browser.get("/");
      return status === 200 ? undefined : `GET: ${status}`;
    }
    const { status, page } = await upload(
      browser,
      `small-${number}.zip`,
      pseudoRandomBytes(megabytes * MIB, `${number}`),
    );
    return status < 400 ? undefined : `POST: ${status} ${page.slice(0, 100)}`;
  });
}

async function updated(changed: Partial<Declaration>): Promise<void> {
  const app = await containerId(machine);
  machine.setMetadata(declaring(world.metadata, changed));
  await untilWantedIsLive(machine, 90);
  expect(await containerId(machine)).not.toBe(app);
  await untilProven(machine, 60);
}

test(`${UPDATES} updates under requests and uploads: none fails, each waits for the next version`, async () => {
  await untilProven(machine, 60);
  const load = loadOf(0.25);
  try {
    for (let update = 1; update <= UPDATES; update++) await updated({ environment: { VERSION: String(update) } });
  } finally {
    await load.stop();
  }
  const { requests, longest, failures } = load;
  process.stdout.write(`${requests} requests in ${UPDATES} updates, the longest wait ${longest.toFixed(1)} s\n`);
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(100);
});

describe("the next version starts beside the one that runs", () => {
  const overlapping = (changed: Partial<Declaration>) => ({ updates: "overlap" as const, ...changed });

  test(`${UPDATES} updates under requests and uploads: none fails, and none waits`, async () => {
    const load = loadOf(20);
    const two = async () => (await machine.shell("docker ps --format '{{.Names}}'")).includes("app-next");
    let seenBoth = 0;
    try {
      for (let update = 1; update <= UPDATES; update++) {
        const taken = updated(overlapping({ environment: { VERSION: `beside-${update}` } }));
        await until("two run", two, { seconds: 60 });
        seenBoth += 1;
        await taken;
      }
    } finally {
      await load.stop();
    }
    const { requests, longest, failures } = load;
    process.stdout.write(`${requests} requests in ${UPDATES} overlaps, the longest wait ${longest.toFixed(1)} s\n`);
    expect(failures).toEqual([]);
    expect(seenBoth).toBe(UPDATES);
    await explained(
      machine,
      until("the one before has ended", async () => !(await machine.shell("docker ps --all")).includes("app-old"), {
        seconds: 60,
      }),
    );
  });

  test("the one before finishes an upload that has begun", async () => {
    async function* slowly() {
      for await (const chunk of pseudoRandomBytes(25 * MIB, "slow")) {
        await sleep(1000);
        yield chunk;
      }
    }
    const slow = upload(browser, "slow.zip", slowly());
    await sleep(1000);
    await updated(overlapping({ environment: { VERSION: "while-uploading" } }));
    expect((await slow).status).toBeLessThan(400);
    expect((await download(browser, "slow.zip")).sha256).toBe(await sha256(pseudoRandomBytes(25 * MIB, "slow")));
  });

  test.each<[string, Partial<Declaration>, RegExp]>([
    ["whose image cannot be pulled", { image: "us-east1-docker.pkg.dev/test-project/images/none:1" }, /^cannot pull /],
    ["that ends at once", { entrypoint: ["/bin/false"] }, /was taken back.*ended with exit code 1/],
    [
      "that never answers",
      { entrypoint: ["/bin/sleep", "1000"], startTimeoutSeconds: 5, stopTimeoutSeconds: 2 },
      /was taken back.*has not come to life within 5 seconds: port 80 does not answer by HTTP/,
    ],
  ])("a version %s gets no request, and the app is not touched", async (_, changed, said) => {
    const app = await containerId(machine);
    const load = loadOf(0.25);
    try {
      machine.setMetadata(declaring(world.metadata, overlapping(changed)));
      const isSaid = () => said.test(statusOf(machine)?.update?.message ?? "");
      await explained(machine, until("the state says it", isSaid, { seconds: 90 }));
      await sleep(2000);
    } finally {
      await load.stop();
    }
    expect(load.failures).toEqual([]);
    expect(await containerId(machine)).toBe(app);
    expect(statusOf(machine)?.app.state).toBe("live");
    expect(await machine.shell("docker ps --all --format '{{.Names}}'")).not.toMatch(/app-(next|old)/);
  });
});

test("the proxy is killed: another one serves with the same certificate, and the app is not touched", async () => {
  const app = await containerId(machine);
  const { certificateSerial } = browser;
  await machine.shell("kill -9 $(docker inspect --format '{{.State.Pid}}' sidecar-https)");
  const fresh = await world.browserOf(machine);
  await untilServed(fresh, machine, 60);
  expect(fresh.certificateSerial).toBe(certificateSerial);
  await fresh.close();
  expect(await containerId(machine)).toBe(app);
});

test("no key is anywhere but on its disk: neither in the app, nor in its bucket, nor on the boot disk", async () => {
  const keys = await machine.shell(
    "cat $(find /run/gcs-backed-container-app/disk-certificates/fs -name '*.key' -type f) | grep -v -- -----",
  );
  const lines = keys.split("\n").filter((line) => line.length > 20);
  // The account's and the domain's.
  expect(lines.length).toBeGreaterThanOrEqual(2);
  const search = (folder: string) =>
    machine
      .exec(["grep", "--recursive", "--fixed-strings", "--files-with-matches", "--devices=skip", "--file=-", folder], {
        input: lines.join("\n"),
        reject: false,
      })
      .then(({ stdout }) => stdout);
  expect(await search("/run/gcs-backed-container-app/disk-certificates/fs")).not.toBe("");
  expect(await search("/mnt/stateful_partition")).toBe("");
  expect(await search("/run/gcs-backed-container-app/config/")).toBe("");
  const { Mounts } = await inspect(machine, "app");
  expect(JSON.stringify(Mounts)).not.toContain("certificates");
  const files = readdirSync(world.world.folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files.length).toBeGreaterThan(0);
  const contents = files.map((one) => readFileSync(join(one.parentPath, one.name), "latin1"));
  expect(contents.filter((content) => lines.some((line) => content.includes(line)))).toEqual([]);
});

test("another VM with the disk serves the same certificate, and none is asked for", async () => {
  const { certificateSerial } = browser;
  expect(certificateSerial).not.toBe("");
  await machine.shutDown();
  machine = await world.vm();
  await browser.close();
  browser = await world.browserOf(machine);
  await untilServed(browser, machine, 180);
  expect(browser.certificateSerial).toBe(certificateSerial);
  expect(world.authority.issued).toBe(1);
});
