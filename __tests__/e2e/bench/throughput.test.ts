/**
 * What the proxy costs: the same app on two VMs, by HTTPS on one and by its own port on the other, side by side, on links as fast
 * as those of the default machine type. Ratios are printed and nothing is asserted of them; that all is answered is.
 */
import execa from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../bench/data/median";
import { BrowserOf } from "../support/boot/browser-of";
import { DOMAIN, HttpsWorld, untilServed } from "../support/boot/https-world";
import { untilHealthy } from "../support/boot/status";
import { printTable } from "../support/boot/table";
import { pseudoRandomBytes, upload } from "../support/boot/uploads";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";
import { requireHere } from "../support/real/requirements";

const ROUNDS = 3;
const SECONDS = 8;
/** @see https://cloud.google.com/compute/docs/general-purpose-machines#e2-shared-core */
const E2_SMALL_BITS_PER_SECOND = 1e9;

interface Way {
  readonly name: string;
  readonly url: string;
}

interface Measured {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
}

let world: HttpsWorld;
let proxied: CosMachine;
let direct: CosMachine;
let browser: BrowserOf;
let folder: string;
let ways: Way[];

beforeAll(async () => {
  requireHere({ name: "wrk", program: "wrk" });
  folder = mkdtempSync(join(tmpdir(), "throughput-"));
  world = await HttpsWorld.create();
  [proxied, direct] = [await world.vm(), await world.world.vm(await world.world.demo())];
  await world.authority.setNames({ [DOMAIN]: proxied.address });
  await world.authority.start();
  browser = await world.browserOf(proxied);
  await untilServed(browser, proxied, 240);
  await untilHealthy(direct, 120);
  ways = [
    { name: "the app's port", url: `http://${direct.address}` },
    { name: "the proxy", url: `https://${DOMAIN}` },
  ];
  // Nothing that wrk has to check: it trusts every authority.
  writeFileSync(join(folder, "hosts"), `${proxied.address} ${DOMAIN}\n`);
  for (const [name, size] of [
    ["1-mb.jpg", 1e6],
    ["1-kb.jpg", 1e3],
  ] as const) {
    expect((await upload(direct, name, pseudoRandomBytes(size, name))).status).toBeLessThan(400);
  }
  for (const machine of [proxied, direct]) await machine.limitEgress(E2_SMALL_BITS_PER_SECOND);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** wrk, with the domain's address in its own /etc/hosts. */
async function wrk(url: string, connections: number): Promise<Measured> {
  const script = 'mount --bind "$1" /etc/hosts; shift; exec wrk "$@"';
  const load = ["--threads=1", `--connections=${connections}`, `--duration=${SECONDS}s`, "--latency", "--timeout=20s"];
  const { stdout } = await execa("unshare", [
    ...["--mount", "sh", "-ec", script, "sh"],
    ...[join(folder, "hosts"), ...load, url],
  ]);
  expect(stdout).not.toMatch(/Non-2xx|Socket errors/);
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(stdout)!;
  const [, half, unit] = /50%\s+([\d.]+)(us|ms|s)/.exec(stdout)!;
  return { requestsPerSecond: Number(rate), medianMs: Number(half) * { us: 1e-3, ms: 1, s: 1e3 }[unit]! };
}

test.each([
  { what: "1 MB, 6 connections", file: "1-mb.jpg", connections: 6 },
  { what: "1 KB, one connection", file: "1-kb.jpg", connections: 1 },
])(
  "$what",
  async ({ what, file, connections }) => {
    const rounds: Measured[][] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const both: Measured[] = [];
      for (const { url } of ways) both.push(await wrk(`${url}/uploads/${file}`, connections));
      // The first one fills the caches.
      if (round > 0) rounds.push(both);
    }
    const medians = ways.map((_, way) => ({
      rate: median(rounds.map((both) => both[way].requestsPerSecond)),
      ms: median(rounds.map((both) => both[way].medianMs)),
    }));
    const [port, proxy] = medians;
    printTable(
      `${what}, medians of ${ROUNDS}`,
      ["by", "requests/s", "median, ms"],
      [
        ...ways.map(({ name }, way) => [name, medians[way].rate, medians[way].ms.toFixed(2)]),
        [
          "ratio, and what is added",
          `${((100 * proxy.rate) / port.rate).toFixed(0)} %`,
          (proxy.ms - port.ms).toFixed(2),
        ],
      ],
    );
  },
  300_000,
);
