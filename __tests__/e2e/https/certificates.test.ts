/** Certificates over time: an authority that is away when the VM first boots, and when one is to be renewed; VMs that are replaced. */
import { setTimeout as sleep } from "node:timers/promises";
import { BrowserOf } from "../support/boot/browser-of";
import { DOMAIN, HttpsWorld, untilServed } from "../support/boot/https-world";
import { explained, statusOf, until } from "../support/boot/status";
import { untilWantedIsLive } from "../support/boot/versions";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const REPLACEMENTS = Number(process.env.REPLACEMENTS || 10);
/** Caddy renews in the last third. */
const VALID_SECONDS = 240;

const saysOf = (machine: CosMachine, what: RegExp, seconds: number) =>
  explained(
    machine,
    until(`the state says ${what}`, () => what.test(statusOf(machine)?.parts?.["sidecar-https"]?.message ?? ""), {
      seconds,
    }),
  );

describe(`certificates that are valid for ${VALID_SECONDS} seconds`, () => {
  let world: HttpsWorld;
  let machine: CosMachine;
  let browser: BrowserOf;
  let issuedAt: number;
  /** Caddy looks every ten minutes whether one is to be renewed, and when it starts. */
  const looks = () => machine.shell("systemctl restart sidecar@https");
  const inLastThird = () => sleep(issuedAt + ((VALID_SECONDS * 2) / 3 + 5) * 1000 - Date.now());

  beforeAll(async () => {
    world = await HttpsWorld.create({ validSeconds: VALID_SECONDS });
    machine = await world.vm();
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test("the authority is away when the VM first boots: the state says so, the app runs, and it is asked again by itself", async () => {
    await saysOf(machine, /^photos\.test has no certificate yet: .*connection refused/, 180);
    await untilWantedIsLive(machine, 120);
    await world.authority.setNames({ [DOMAIN]: machine.address });
    await world.authority.start();
    browser = await world.browserOf(machine);
    await untilServed(browser, machine, 240);
    issuedAt = Date.now();
    await saysOf(machine, /^$/, 60);
  });

  test("the authority is away when it is to be renewed: the old one serves on, and the state says why", async () => {
    const { certificateSerial } = browser;
    await inLastThird();
    await world.authority.stop();
    await looks();
    await saysOf(machine, /^the certificate of photos\.test is not renewed: .*connection refused/, 60);
    await untilServed(browser, machine, 30);
    expect(browser.certificateSerial).toBe(certificateSerial);
    expect(Date.now()).toBeLessThan(issuedAt + VALID_SECONDS * 1000);
  });

  test("the authority is back: it is renewed", async () => {
    const before = world.authority.issued;
    await world.authority.setNames({ [DOMAIN]: machine.address });
    // With keys of its own again, since it has no memory: another root to trust.
    await world.authority.start();
    await browser.close();
    browser = await world.browserOf(machine);
    await untilServed(browser, machine, 300);
    issuedAt = Date.now();
    expect(world.authority.issued).toBe(before + 1);
    await saysOf(machine, /^$/, 60);
  });

  test("one that is renewed in time is another one", async () => {
    const { certificateSerial } = browser;
    const before = world.authority.issued;
    await inLastThird();
    await looks();
    await until("another one is served", async () => {
      const fresh = await world.browserOf(machine);
      await untilServed(fresh, machine, 60);
      await fresh.close();
      return fresh.certificateSerial !== certificateSerial;
    });
    expect(world.authority.issued).toBe(before + 1);
  });
});

describe("a VM that is replaced", () => {
  let world: HttpsWorld;

  beforeAll(async () => {
    world = await HttpsWorld.create();
    await world.authority.setNames({});
    await world.authority.start();
  }, 900_000);
  afterAll(async () => {
    await world?.close();
  });

  test(`${REPLACEMENTS} times: one certificate is issued in all`, async () => {
    const serials = new Set<string>();
    for (let number = 0; number <= REPLACEMENTS; number++) {
      const machine = await world.vm();
      await world.authority.setNames({ [DOMAIN]: machine.address });
      const browser = await world.browserOf(machine);
      await untilServed(browser, machine, 240);
      serials.add(browser.certificateSerial);
      await browser.close();
      await machine.shutDown();
    }
    expect(serials.size).toBe(1);
    expect(world.authority.issued).toBe(1);
  }, 1_800_000);
});
