/** What a client sees of the connection: the TLS that is spoken, a browser with the page, and files of 2 GB. */
import { createHash, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { once } from "node:events";
import { type Browser, chromium, type Page } from "playwright-core";
import { BrowserOf } from "../support/boot/browser-of";
import { memoryOf } from "../support/boot/containers";
import { DOMAIN, HttpsWorld, untilServed } from "../support/boot/https-world";
import { download, pseudoRandomBytes, sha256, upload } from "../support/boot/uploads";
import { shortcomings } from "../support/real/sslyze";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const GIB = 2 ** 30;
const PAGE = '<!doctype html><h1>Zurück um {env.HOME} `3` {$HOME} "q" $x</h1>\n';
/** Of which Mozilla's rules are not about the proxy: nobody's list of authorities has a test's. */
const OF_THE_AUTHORITY = ["certificate_path_validation"];

let world: HttpsWorld;
let machine: CosMachine;
let browser: BrowserOf;

beforeAll(async () => {
  world = await HttpsWorld.create({ https: { maintenancePage: PAGE } });
  machine = await world.vm();
  await world.authority.setNames({ [DOMAIN]: machine.address });
  await world.authority.start();
  browser = await world.browserOf(machine);
  await untilServed(browser, machine, 240);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test("sslyze finds nothing that Mozilla's intermediate configuration does not allow", async () => {
  const found = await shortcomings(DOMAIN, machine.address);
  expect(Object.fromEntries(Object.entries(found).filter(([what]) => !OF_THE_AUTHORITY.includes(what)))).toEqual({});
});

/** The hash of the key of the certificate that is served, as Chromium takes it. */
async function keyHash(): Promise<string> {
  const socket = connect({ host: machine.address, port: 443, servername: DOMAIN, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}

/** Chromium, which takes this one key as it would if the authority were in its list. */
async function startChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      `--host-resolver-rules=MAP ${DOMAIN} ${machine.address}`,
      `--ignore-certificate-errors-spki-list=${await keyHash()}`,
      ...args,
    ],
  });
}

async function uploadIn(page: Page, name: string): Promise<void> {
  const buffer = Buffer.from("x");
  await page.getByLabel("Choose files").setInputFiles({ name, mimeType: "text/plain", buffer });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("status").getByText(`Saved: ${name}`).waitFor();
  expect(world.world.gcs.objects("files").map((object) => object.name)).toContain(name);
}

test("a browser shows the page of the domain over TLS 1.3, and uploads a file", async () => {
  const chrome = await startChromium();
  try {
    const page = await chrome.newPage();
    // By HTTP, as people type it.
    const response = await page.goto(`http://${DOMAIN}/`);
    expect(page.url()).toBe(`https://${DOMAIN}/`);
    expect(await response!.securityDetails()).toMatchObject({
      protocol: "TLS 1.3",
      issuer: expect.stringMatching(/^Pebble/),
    });
    expect(await page.evaluate("window.isSecureContext")).toBe(true);
    await uploadIn(page, "seen.txt");
  } finally {
    await chrome.close();
  }
});

test("a browser that speaks HTTP/3 uploads by it", async () => {
  const chrome = await startChromium("--enable-quic", `--origin-to-force-quic-on=${DOMAIN}:443`);
  try {
    const page = await chrome.newPage();
    await page.goto(`https://${DOMAIN}/`);
    const protocol = 'performance.getEntriesByType("navigation")[0].nextHopProtocol';
    expect(await page.evaluate(protocol)).toBe("h3");
    await uploadIn(page, "by-quic.txt");
    expect(await page.evaluate(protocol)).toBe("h3");
  } finally {
    await chrome.close();
  }
});

test("who waits in vain gets the page that was given, and the status 503", async () => {
  await machine.shell("systemctl stop app");
  const { status, headers, body } = await browser.get("/");
  expect([status, headers["retry-after"], headers["content-type"]]).toEqual([503, "30", "text/html; charset=utf-8"]);
  expect(body).toBe(PAGE);
  await machine.shell("systemctl start app");
  await untilServed(browser, machine, 90);
});

test("2 GB go up and come down unchanged, and the proxy keeps none of it in memory", async () => {
  const hash = await sha256(pseudoRandomBytes(2 * GIB, "huge"));
  expect((await upload(browser, "huge.zip", pseudoRandomBytes(2 * GIB, "huge"))).status).toBeLessThan(400);
  expect(await download(browser, "huge.zip")).toEqual({ status: 200, sha256: hash });
  const peak = Number(await machine.shell(memoryOf("sidecar-https", "memory.peak", "memory.max_usage_in_bytes")));
  process.stdout.write(`the proxy's memory at its peak: ${Math.round(peak / 2 ** 20)} MiB\n`);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(256 * 2 ** 20);
}, 1_200_000);
