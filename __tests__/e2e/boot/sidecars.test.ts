/** Sidecars on the machine: a network with names, the order, what is shared and what is not, and what restarts what. */
import { ContainerImage } from "../../../lib";
import { checkAppIsCutOff } from "../support/boot/checks";
import { containerId, inspect, isRunning } from "../support/boot/containers";
import { declarationOf, declaring } from "../support/boot/payload";
import { Probe, PROBE_FOLDER, probeProps } from "../support/boot/probe";
import { statusHistory, statusOf, until, untilHealthy } from "../support/boot/status";
import { untilProven, untilWantedIsLive } from "../support/boot/versions";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const UPLOADS = "/srv/demo-app/demo/uploads";
const ASKS_ITSELF = ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1/', timeout=3)"];

let world: World;
let machine: CosMachine;
let probe: Probe;

beforeAll(async () => {
  world = await World.create();
  const props = await probeProps(world);
  machine = await world.vm({
    ...props,
    // The probe's user and the demo's are one.
    mounts: [world.mount({ path: PROBE_FOLDER })],
    sidecars: [
      {
        name: "web",
        image: ContainerImage.fromRegistry(await world.demoImage()),
        mounts: [world.mount({ path: UPLOADS })],
        healthCheck: { command: ASKS_ITSELF, intervalSeconds: 1 },
        memoryMib: 256,
      },
    ],
  });
  probe = new Probe(machine);
  await untilHealthy(machine, 180);
  await untilProven(machine, 60);
});

afterAll(async () => {
  await world?.close();
});

test("the app was started once the sidecar was healthy, and its state said what it waited for", async () => {
  const history = statusHistory(machine);
  const firstLive = history.find(({ app }) => app.state === "live")!;
  expect(firstLive.parts?.["sidecar-web"]).toEqual({ state: "live", message: "" });
  expect(history.some(({ app }) => app.message.startsWith("waiting for sidecar web: "))).toBe(true);
  const started = async (name: string) => Date.parse((await inspect(machine, name)).State.StartedAt);
  expect(await started("app")).toBeGreaterThan(await started("sidecar-web"));
  expect((await inspect(machine, "sidecar-web")).State.Health.Status).toBe("healthy");
});

test("they find each other by name, and nobody outside reaches what is not published", async () => {
  expect(await probe.fetch("http://web/")).toMatchObject({ status: 200 });
  const back = "import urllib.request as u; print(u.urlopen('http://app/', timeout=5).status)";
  expect(await machine.shell(`docker exec sidecar-web python3 -c "${back}"`)).toBe("200");
  expect((await inspect(machine, "sidecar-web")).HostConfig).toMatchObject({
    PortBindings: {},
    Privileged: false,
    CapAdd: null,
    Memory: 256 * 2 ** 20,
  });
});

test("packets are no larger than in docker's own network", async () => {
  const mtu = (network: string) =>
    machine.shell(`docker network inspect --format '{{index .Options "com.docker.network.driver.mtu"}}' ${network}`);
  expect(await mtu("sidecars")).toBe(await mtu("bridge"));
});

test("one gcsfuse serves both, and each sees at once what the other writes", async () => {
  expect(await machine.shell("docker ps --format '{{.Names}}' | sort")).toBe("app\ngcsfuse-0\nsidecar-web");
  await probe.write(`${PROBE_FOLDER}/from-app.txt`, "from the app");
  expect(await machine.shell(`docker exec sidecar-web cat ${UPLOADS}/from-app.txt`)).toBe("from the app");
  await machine.shell(`docker exec sidecar-web sh -c 'printf back >${UPLOADS}/from-web.txt'`);
  expect(await probe.read(`${PROBE_FOLDER}/from-web.txt`)).toBe("back");
});

test("neither gets a token of the VM, in the network of their own, while DNS works", async () => {
  await checkAppIsCutOff(world, machine);
  const ask = "import urllib.request as u; u.urlopen('http://169.254.169.254/computeMetadata/v1/', timeout=5)";
  expect(await machine.shell(`docker exec sidecar-web python3 -c "${ask}" 2>&1`, { reject: false })).toMatch(
    /Connection refused|Connection reset/,
  );
});

test("a sidecar that dies is started again by itself, and the app is not", async () => {
  const [app, web] = [await containerId(machine), await containerId(machine, "sidecar-web")];
  await machine.shell("kill -9 $(docker inspect --format '{{.State.Pid}}' sidecar-web)");
  await until("another one is healthy", async () => {
    const now = await containerId(machine, "sidecar-web");
    return now !== "" && now !== web && statusOf(machine)?.parts?.["sidecar-web"].state === "live";
  });
  expect(await containerId(machine)).toBe(app);
});

test("a change of the sidecar restarts it alone; one that never becomes healthy is taken back", async () => {
  const app = await containerId(machine);
  const metadata = machine.getMetadata();
  const [web] = declarationOf(metadata).sidecars!;
  const changed = declaring(metadata, { sidecars: [{ ...web, environment: { MAX_UPLOAD_SIZE: "1m" } }] });
  machine.setMetadata(changed);
  await untilWantedIsLive(machine, 60);
  await untilProven(machine, 60);
  expect((await inspect(machine, "sidecar-web")).Config.Env).toContain("MAX_UPLOAD_SIZE=1m");

  const healthCheck = { ...web.healthCheck!, command: ["false"] };
  machine.setMetadata(declaring(changed, { sidecars: [{ ...web, healthCheck }], startTimeoutSeconds: 15 }));
  await until("it is taken back", () => statusOf(machine)?.update.state === "failed", { seconds: 90 });
  expect(statusOf(machine)!.update.message).toMatch(/was taken back, .*: sidecar web: its health check/);
  // It is started anew.
  const isBack = () =>
    inspect(machine, "sidecar-web").then(
      ({ State }) => State.Health?.Status === "healthy",
      () => false,
    );
  await until("the sidecar before is healthy", isBack, { seconds: 60 });
  expect((await inspect(machine, "sidecar-web")).Config.Env).toContain("MAX_UPLOAD_SIZE=1m");
  expect(await containerId(machine)).toBe(app);
  machine.setMetadata(changed);
});

test("a mount that is lost takes both with it, and both come back", async () => {
  await machine.shell("kill -9 $(docker inspect --format '{{.State.Pid}}' gcsfuse-0)");
  await until(
    "the file is there again",
    async () => (await probe.read(`${PROBE_FOLDER}/from-web.txt`).catch(() => "")) === "back",
  );
  await until(
    "the sidecar has it again",
    async () =>
      (await machine.shell(`docker exec sidecar-web cat ${UPLOADS}/from-app.txt`, { reject: false })) ===
      "from the app",
  );
});

test("docker is restarted: all come back, and are cut off", async () => {
  await machine.shell("systemctl restart docker");
  await untilHealthy(machine, 120);
  await until("the sidecar is live", () => statusOf(machine)?.parts?.["sidecar-web"].state === "live");
  await checkAppIsCutOff(world, machine);
});

test("the machine stops the app before its sidecar", async () => {
  await machine.shell("systemctl stop docker.socket docker");
  const journal = (await machine.journal()).split("\n").reverse();
  const stopped = (unit: string) => journal.findIndex((line) => line.includes("Stopped ") && line.includes(unit));
  const [app, sidecar, mount] = ["the app's container", "sidecar web of the app", "gcsfuse for mount 0"].map(stopped);
  // The last line comes first.
  expect(mount).toBeGreaterThan(-1);
  expect(mount).toBeLessThan(sidecar);
  expect(sidecar).toBeLessThan(app);
  await machine.shell("systemctl start docker app.service sidecar@web.service");
  await untilHealthy(machine, 120);
});

test("the last sidecar is removed: its container goes, and the app is in docker's own network again", async () => {
  const metadata = machine.getMetadata();
  machine.setMetadata(declaring(metadata, { sidecars: undefined }));
  await untilWantedIsLive(machine, 60);
  await untilHealthy(machine, 60);
  expect(await isRunning(machine, "sidecar-web")).toBe(false);
  expect(await containerId(machine, "sidecar-web")).toBe("");
  expect((await inspect(machine, "app")).HostConfig.NetworkMode).toBe("default");
  expect(statusOf(machine)).not.toHaveProperty("parts");
});
