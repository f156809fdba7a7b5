/**
 * Updates and faults of an app behind HTTPS, under about 100 requests a second, uploads of 20 MB and WebSockets: what fails, and how
 * long the longest wait is.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { ContainerImage, Updates } from "../../../lib";
import { Declaration } from "../../../lib/boot/declaration";
import { BrowserOf } from "../support/boot/browser-of";
import { Chat } from "../support/boot/chat";
import { containerId } from "../support/boot/containers";
import { DOMAIN, HttpsWorld, untilServed } from "../support/boot/https-world";
import { Load } from "../support/boot/load";
import { declaring } from "../support/boot/payload";
import { explained, statusOf, until } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { pseudoRandomBytes, sha256, upload } from "../support/boot/uploads";
import { untilProven, untilWantedIsLive } from "../support/boot/versions";
import * as faults from "../support/boot/vm-faults";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const UPDATES = Number(process.env.UPDATES || 30);
const MIB = 2 ** 20;
const CLIENTS = { pages: 10, uploads: 1, chats: 5 };
/** Milliseconds from one question of a client to its next, so that ten ask 100 times a second. */
const PACE = 100;

let world: HttpsWorld;
let machine: CosMachine;
let browser: BrowserOf;
let uploaded = 0;

beforeAll(async () => {
  world = await HttpsWorld.create({
    https: { updates: Updates.OVERLAP },
    props: async (given) => {
      const buildArgs = { BASE: await given.localDemo() };
      const chat = await given.image("chat", join(__dirname, "../apps/chat"), "1", buildArgs);
      return { image: ContainerImage.fromRegistry(chat), memoryMib: 512, machine: { machineType: "e2-medium" } };
    },
  });
  machine = await world.vm();
  await world.authority.setNames({ [DOMAIN]: machine.address });
  await world.authority.start();
  browser = await world.browserOf(machine);
  await untilServed(browser, machine, 240);
  await untilProven(machine, 120);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const hashes = new Map<string, string>();

class Traffic {
  private readonly chats = Array.from({ length: CLIENTS.chats }, () => new Chat(browser, "/chat"));
  public readonly pages = new Load(CLIENTS.pages, async () => {
    const [{ statusCode, body }] = await Promise.all([
      request(`https://${DOMAIN}/`, { dispatcher: browser.dispatcher }),
      sleep(PACE),
    ]);
    await body.dump();
    return statusCode === 200 ? undefined : `GET: ${statusCode}`;
  });
  public readonly uploads = new Load(CLIENTS.uploads, async () => {
    const name = `large-${++uploaded}.zip`;
    const { status, page } = await upload(browser, name, pseudoRandomBytes(20 * MIB, name));
    if (status >= 400) return `POST: ${status} ${page.slice(0, 100)}`;
    hashes.set(name, await sha256(pseudoRandomBytes(20 * MIB, name)));
    return undefined;
  });
  public readonly messages = new Load(CLIENTS.chats, async (client, number) => {
    await this.chats[client].say(`message ${number}`);
    await sleep(PACE);
    return undefined;
  });
  private readonly began = Date.now();

  /** What a table says of it. */
  public async over(): Promise<{ row: (string | number)[]; failures: string[] }> {
    const loads = [this.pages, this.uploads, this.messages];
    await Promise.all(loads.map((load) => load.stop()));
    const seconds = (Date.now() - this.began) / 1000;
    for (const chat of this.chats) chat.close();
    const [pages, uploads, messages] = loads.map(({ requests }) => requests);
    const connections = this.chats.reduce((sum, chat) => sum + chat.connections, 0);
    const failures = loads.flatMap((load) => load.failures);
    const longest = loads.map((load) => load.longest);
    return {
      row: [pages, pages / seconds, uploads, messages, connections, failures.length, ...longest],
      failures,
    };
  }
}

const HEADINGS = ["what", "pages", "pages/s", "20 MB", "messages", "WebSockets", "failed"].concat(
  ["page", "upload", "message"].map((one) => `longest ${one}, s`),
);
const rows: (string | number)[][] = [];

/** What failed while something happened. */
async function under(what: string, happens: () => Promise<void>): Promise<string[]> {
  const traffic = new Traffic();
  await sleep(2000);
  const error = await happens().catch((one: Error) => one);
  await sleep(2000);
  const { row, failures } = await traffic.over();
  rows.push([what, ...row]);
  if (failures.length > 0) process.stdout.write(`${what}: ${[...new Set(failures)].slice(0, 5).join(" | ")}\n`);
  if (error) throw error;
  return failures;
}

afterAll(() => printTable("HTTPS under load", HEADINGS, rows));

async function update(changed: Partial<Declaration>): Promise<void> {
  const app = await containerId(machine);
  machine.setMetadata(declaring(world.metadata, changed));
  await untilWantedIsLive(machine, 120);
  expect(await containerId(machine)).not.toBe(app);
  await untilProven(machine, 60);
}

async function refused(changed: Partial<Declaration>, said: RegExp): Promise<void> {
  machine.setMetadata(declaring(world.metadata, changed));
  const isSaid = () => said.test(statusOf(machine)?.update?.message ?? "");
  await explained(machine, until(`the state says ${said}`, isSaid, { seconds: 120 }));
}

const BAD: readonly (readonly [string, Partial<Declaration>, RegExp])[] = [
  ["an image that cannot be pulled", { image: "us-east1-docker.pkg.dev/test-project/images/none:1" }, /cannot pull/],
  ["one that ends at once", { entrypoint: ["/bin/false"] }, /was taken back/],
  [
    "one that never answers",
    { entrypoint: ["/bin/sleep", "1000"], startTimeoutSeconds: 10, stopTimeoutSeconds: 2 },
    /was taken back/,
  ],
];

test.each(["overlap", "replace"] as const)(
  `%s: ${UPDATES} updates, among them versions that do not come to life: no request fails`,
  async (updates) => {
    const failures = await under(`${UPDATES} updates, ${updates}`, async () => {
      for (let number = 1; number <= UPDATES; number++) {
        const environment = { VERSION: `${updates}-${number}` };
        // Every fifth, as long as there are some.
        const bad = BAD[(number - 1) / 5];
        if (bad) await refused({ updates, environment, ...bad[1] }, bad[2]);
        await update({ updates, environment });
      }
    });
    expect(failures).toEqual([]);
  },
  3_600_000,
);

const served = () => untilServed(browser, machine, 120);

test("what breaks under load, and how many requests that fails", async () => {
  const seconds: (string | number)[][] = [];
  const breaks: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["the app is killed", () => machine.shell(faults.KILL_APP)],
    ["gcsfuse is killed", () => machine.shell(faults.KILL_GCSFUSE)],
    ["the proxy is killed", () => machine.shell("kill -9 $(docker inspect --format '{{.State.Pid}}' sidecar-https)")],
    ["the VM reboots", () => machine.reboot()],
  ];
  for (const [what, fault] of breaks) {
    const failures = await under(what, async () => {
      const began = Date.now();
      await fault();
      await served();
      seconds.push([what, (Date.now() - began) / 1000]);
      await untilWantedIsLive(machine, 120);
    });
    seconds.at(-1)!.push(failures.length);
  }
  printTable("until it is served again", ["what", "seconds", "failed requests"], seconds);
}, 1_800_000);

test("every upload that was acknowledged is in the bucket, byte for byte", async () => {
  const { gcs } = world.world;
  const lost: string[] = [];
  for (const [name, hash] of hashes) {
    if ((await gcs.sha256("files", name).catch(() => "nothing")) !== hash) lost.push(name);
  }
  expect(hashes.size).toBeGreaterThan(0);
  expect(lost).toEqual([]);
});
