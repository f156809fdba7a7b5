/**
 * Secrets reach the app and nothing else: byte for byte, in memory, read with the VM's identity. What cannot be read keeps the
 * app from starting, and never takes one down that runs.
 */
import { Secret } from "../../../lib";
import { Probe, probeProps } from "../support/boot/probe";
import { declarationOf, declaring, plannedMetadata, PROJECT } from "../support/boot/payload";
import { explained, statusOf, until, untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const SECRET = `projects/${PROJECT}/secrets/db-password`;
const FILE = `projects/${PROJECT}/secrets/tls-key`;
const MARKER = "s3cr3t-of-the-test";
const VALUE = ` ${MARKER}\n"two" $lines\n`;
const FILE_VALUE = Buffer.concat([Buffer.from(`${MARKER}-file`), Buffer.from([0, 1, 255, 10])]);

let world: World;
let machine: CosMachine;
let metadata: Record<string, string>;

beforeAll(async () => {
  world = await World.create();
  world.secretManager.add(SECRET, VALUE);
  world.secretManager.add(SECRET, `${MARKER}-2`);
  world.secretManager.add(FILE, FILE_VALUE);
  world.secretManager.setFault("denied");
  metadata = await plannedMetadata({
    ...(await probeProps(world)),
    secrets: { DB_PASSWORD: Secret.fromSecretManager("db-password", { version: "1" }) },
    secretFiles: { "/run/secrets/tls.key": Secret.fromSecretManager("tls-key") },
  });
  machine = await world.vmOf(metadata);
}, 600_000);

afterAll(() => world?.close());

const environment = async () =>
  Buffer.from((await new Probe(machine).process()).environment, "base64")
    .toString()
    .split("\0");
const version = (number: string) =>
  declaring(metadata, { secrets: { DB_PASSWORD: { secret: SECRET, version: number } } });
const appIs = (pattern: RegExp) =>
  explained(
    machine,
    until(`the app is ${pattern}`, () => pattern.test(statusOf(machine)?.app.message ?? ""), { seconds: 120 }),
  );
const updateIs = (pattern: RegExp) =>
  explained(
    machine,
    until(`the update is ${pattern}`, () => pattern.test(statusOf(machine)?.update.message ?? ""), { seconds: 120 }),
  );

test("while they are denied the app waits, and the state names the secret and the reason", async () => {
  await appIs(
    /^waiting for secret projects\/test-project\/secrets\/db-password\/versions\/1: HTTP 403 PERMISSION_DENIED /,
  );
  expect(await machine.shell("docker ps --all --format '{{.Names}}' --filter name=^app$")).toBe("");
});

test("once they are granted the app starts by itself, with every byte", async () => {
  world.secretManager.setFault(undefined);
  await untilHealthy(machine, 180);
  expect(await environment()).toContain(`DB_PASSWORD=${VALUE}`);
  const pid = await machine.shell("docker inspect --format '{{.State.Pid}}' app");
  expect(await machine.shell(`base64 --wrap=0 /proc/${pid}/root/run/secrets/tls.key`)).toBe(
    FILE_VALUE.toString("base64"),
  );
  expect(await machine.shell(`stat --format '%u %a' /proc/${pid}/root/run/secrets/tls.key`)).toBe("1500 400");
  // It has become the image's own program.
  expect(await machine.shell(`readlink /proc/${pid}/exe`)).toMatch(/\/probe$/);
});

test("no value is in the metadata, in Docker's files, in the journal, in a log or anywhere on the disk", async () => {
  expect(JSON.stringify(metadata)).not.toContain(MARKER);
  expect(await machine.journal()).not.toContain(MARKER);
  expect(await machine.shell("docker inspect app; docker logs app 2>&1", { reject: false })).not.toContain(MARKER);
  await machine.shell("sync");
  const found = await machine.shell(
    `grep --recursive --files-with-matches --devices=skip --text -e '${MARKER}' -e "$(printf %s '${MARKER}' | base64 | cut -c 1-20)" /var /etc /home /root /tmp 2>/dev/null`,
    { reject: false },
  );
  expect(found).toBe("");
});

test("another version that is disabled does not take the one before down; enabled, it is live", async () => {
  world.secretManager.disable(SECRET, "2");
  machine.setMetadata(version("2"));
  await updateIs(/^cannot read secret .*\/versions\/2: HTTP 400 FAILED_PRECONDITION .* DISABLED state/);
  expect(await environment()).toContain(`DB_PASSWORD=${VALUE}`);
  world.secretManager.enable(SECRET, "2");
  // While it is restarted it does not answer.
  const isThere = async () => (await environment().catch((): string[] => [])).includes(`DB_PASSWORD=${MARKER}-2`);
  await until("the new value is there", isThere, { seconds: 180, every: 1 });
});

test("the newest version is read whenever the container starts", async () => {
  world.secretManager.add(FILE, `${MARKER}-rotated`);
  await machine.shell("systemctl restart app");
  await untilHealthy(machine, 120);
  const pid = await machine.shell("docker inspect --format '{{.State.Pid}}' app");
  expect(await machine.shell(`cat /proc/${pid}/root/run/secrets/tls.key`)).toBe(`${MARKER}-rotated`);
});

test("after a reboot while Secret Manager is down the app waits, and then starts", async () => {
  world.secretManager.setFault("down");
  await machine.reboot();
  await appIs(/^waiting for secret .*: HTTP 503 UNAVAILABLE /);
  world.secretManager.setFault(undefined);
  await untilHealthy(machine, 180);
  expect(await environment()).toContain(`DB_PASSWORD=${MARKER}-2`);
});

test("a gcsfuse image without the program is refused, and the old version serves on", async () => {
  const { image } = declarationOf(metadata);
  machine.setMetadata(declaring(version("2"), { gcsfuse: { image, privileged: false } }));
  await updateIs(/has no \/usr\/local\/bin\/with-secrets/);
  expect(await environment()).toContain(`DB_PASSWORD=${MARKER}-2`);
});
