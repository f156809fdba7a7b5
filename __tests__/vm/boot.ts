/**
 * Boots the planned payload in a real virtual machine (qemu, emulated: some minutes), which has a kernel, disks, and boots
 * of its own where the end-to-end tests' machine is a container: an upload, an update, a disk that grows while a database
 * writes to it, and power cuts (`CUTS` is how many). Not a part of CI: `npm run check:vm`, as root on Debian with the
 * packages of .ci/run and qemu-system-x86.
 *
 * Simulated around it, as in the end-to-end tests: Container-Optimized OS, the metadata server, Artifact Registry, and
 * Cloud Storage.
 */
import execa from "execa";
import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusOf, until, untilHealthy } from "../e2e/support/boot/status";
import { plannedMetadata } from "../e2e/support/boot/payload";
import { versionOf } from "../e2e/support/boot/versions";
import { download, listedNames, pseudoRandomBytes, sha256, upload } from "../e2e/support/boot/uploads";
import { World } from "../e2e/support/boot/vm-world";
import { dockerEngine } from "../e2e/support/real/docker-engine";
import { ownerLabelArgs } from "../e2e/support/real/docker-leftovers";
import { requireHere } from "../e2e/support/real/requirements";
import { endRun, startRun } from "../support/run/test-run";
import { startMetadataLink } from "../e2e/support/simulated/cos-machine/metadata-link";
import { serveAptSource } from "../e2e/support/simulated/apt-source";
import { MetadataServer } from "../e2e/support/simulated/cos-machine/metadata/metadata-server";
import { databasesImage } from "../e2e/support/boot/app-images";
import { VirtualMachine } from "./virtual-machine";

const MINUTES_TO_LIVE = 30;
const SIZE = 5_000_000;
const PROJECT = "test-project";
const CUTS = Number(process.env.CUTS || 3);

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** What has been started, in its order: it ends in the other one. */
type Ends = (() => unknown)[];

async function main(): Promise<void> {
  requireHere({ name: "qemu-system-x86", program: "qemu-system-x86_64" });
  const consoleFile = join(tmpdir(), "vm-console");
  const run = startRun();
  const ends: Ends = [];
  try {
    await bootAndUpdate(run.folder, consoleFile, ends);
  } catch (error) {
    // What is left behind is said beside it.
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  } finally {
    for (const end of ends.reverse()) await end();
    await endRun(run);
  }
}

/** After a failure the console's text is copied to `consoleFile`. */
async function bootAndUpdate(folder: string, consoleFile: string, ends: Ends): Promise<void> {
  const engine = await dockerEngine();
  ends.push(() => engine.stop());
  // What the support for the tests finds in the environment.
  if (engine.env.DOCKER_HOST) process.env.DOCKER_HOST = engine.env.DOCKER_HOST;
  process.env.E2E_IMAGES = mkdtempSync(join(folder, "images-"));
  ends.push(await serveAptSource());
  const world = await World.create();
  ends.push(() => world.close());
  const address = world.network.nextAddress();
  const props = {
    ...(await world.demo()),
    sidecars: [
      {
        name: "db",
        image: await databasesImage(world),
        entrypoint: ["python3", "-c", readFileSync(join(__dirname, "numbers.py"), "utf8")],
        ports: [{ containerPort: 8080, hostPort: 8080 }],
        disks: [{ path: "/srv/db", name: "db", sizeGb: 10 }],
      },
    ],
  };
  const metadata = await plannedMetadata(props);
  const server = new MetadataServer(
    {
      ...{
        name: "app",
        id: "4000000000000000001",
        zone: "us-east1-b",
        projectId: PROJECT,
        projectNumber: "123456789012",
      },
      ...{ serviceAccountEmail: `app@${PROJECT}.iam.gserviceaccount.com`, address },
    },
    metadata,
    world.tokens,
  );
  await server.listen(join(folder, "metadata.sock"));
  const { registry } = world;
  ends.push(() => server.close());
  const link = await startMetadataLink(
    join(folder, "metadata.sock"),
    Object.fromEntries(registry.hosts.map((host) => [host, registry.address])),
  );
  ends.push(() => link.close());
  // Holds the network namespace.
  const { stdout: holder } = await engine.docker([
    ...["run", "--detach", "--network", world.network.name, "--ip", address, ...ownerLabelArgs()],
    ...["--cap-add", "NET_ADMIN", "debian:bookworm-slim", "sleep", "infinity"],
  ]);
  ends.push(() => engine.docker(["rm", "--force", holder]));
  const vm = await VirtualMachine.create(engine, folder, registry.caFile);
  ends.push(() => vm.cutPower());
  try {
    const { stdout: pid } = await engine.docker(["inspect", "--format", "{{.State.Pid}}", holder]);
    await execa("nsenter", ["--net", `--target=${pid}`, "ip", "route", "add", "blackhole", "169.254.0.0/16"]);
    await link.plugInto(Number(pid), address);

    const machine = { httpAddress: `http://${address}`, guestAttributes: server.guestAttributes };
    const minutes = { seconds: MINUTES_TO_LIVE * 60, every: 1 };
    const isLive = () => {
      if (readFileSync(vm.consoleFile, "utf8").includes("Kernel panic")) throw new Error("its kernel has panicked");
      return statusOf(machine)?.app.state === "live" && statusOf(machine)?.update.state === "none";
    };
    const started = Date.now();
    const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
    vm.powerOn(Number(pid), address);
    say("the virtual machine boots");
    ends.push(sayStates(machine));
    await until("the state is live", isLive, minutes);
    await untilHealthy(machine, 60);
    say(`live after ${seconds()}`);

    const sent = () => pseudoRandomBytes(SIZE, "vm");
    const { status } = await upload(machine, "sent to a real VM.zip", sent());
    const stored = await world.gcs.read("files", "sent to a real VM.zip");
    if (status !== 303 || (await sha256([stored])) !== (await sha256(sent()))) {
      throw new Error(`the upload was answered with ${status}, and ${stored.length} bytes are in the bucket`);
    }
    say(`an upload of ${SIZE} bytes is in the bucket`);

    const updated = Date.now();
    const changed = await plannedMetadata({ ...props, environment: { GREETING: "hello" } });
    const runs = () => statusOf(machine)?.running.declaration === versionOf(changed).declaration;
    server.setAttributes(changed);
    await until("the changed declaration is live", () => isLive() && runs(), minutes);
    await untilHealthy(machine, 60);
    say(
      `another declaration in the metadata: live without a reboot after ${Math.round((Date.now() - updated) / 1000)} s`,
    );

    const again = await download(machine, "sent to a real VM.zip");
    if (again.sha256 !== (await sha256(sent())) || !(await listedNames(machine)).includes("sent to a real VM.zip")) {
      throw new Error("the file is not served after the update");
    }
    say("the file is listed and downloads again");

    const database = () => numbersAt(`http://${address}:8080`);
    await until("the database commits", async () => (await database()).committed > 10, minutes);
    const small = (await database()).bytes;
    await vm.growDisk(12);
    await until("the file system has grown", async () => (await database()).bytes > 1.15 * small, { seconds: 120 });
    say(
      `the disk has grown to 12 GB while the database wrote: its file system from ${small} bytes to ${(await database()).bytes}`,
    );

    for (let cut = 1; cut <= CUTS; cut += 1) {
      const { committed } = await database();
      await vm.cutPower();
      vm.powerOn(Number(pid), address);
      // Not the state, which may be of the boot before.
      await until("the database commits again", async () => (await database()).committed > 0, minutes);
      const { found } = await database();
      if (found.integrity !== "ok" || found.count !== found.largest || found.largest < committed) {
        throw new Error(`${committed} were committed, and there is ${JSON.stringify(found)}`);
      }
      say(`power cut ${cut}: ${committed} were committed, ${found.count} are there`);
    }
    await untilHealthy(machine, MINUTES_TO_LIVE * 60);
    const last = await download(machine, "sent to a real VM.zip");
    if (last.sha256 !== (await sha256(sent()))) throw new Error("the file is not served after the power cuts");
  } catch (error) {
    if (existsSync(vm.consoleFile)) cpSync(vm.consoleFile, consoleFile);
    say(`failed; the console is in ${consoleFile}; the state was ${JSON.stringify(server.guestAttributes.current)}`);
    throw error;
  }
}

/** It takes many minutes: what it is about, each time that this changes. */
function sayStates(machine: Parameters<typeof statusOf>[0]): () => void {
  let said = "";
  const timer = setInterval(() => {
    const { app, update, parts } = statusOf(machine) ?? {};
    const states = Object.entries({ ...(app && { app }), ...(update && { update }), ...parts }).map(
      ([part, { state, message }]) => `${part} ${state} (${message})`,
    );
    if (states.length === 0 || states.join() === said) return;
    said = states.join();
    say(`  ${states.join("; ")}`);
  }, 1000);
  return () => clearInterval(timer);
}

interface Numbers {
  /** The last one that the database has said is committed; 0 as long as there is none. */
  readonly committed: number;
  /** What was there when it began. */
  readonly found: { readonly integrity: string; readonly count: number; readonly largest: number };
  /** Of the file system. */
  readonly bytes: number;
}

/** What numbers.py says; nothing is committed as long as it says nothing. */
async function numbersAt(url: string): Promise<Numbers> {
  const nothing = { committed: 0, found: { integrity: "", count: 0, largest: 0 }, bytes: 0 };
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return { ...nothing, ...((await answer.json()) as Partial<Numbers>) };
  } catch {
    return nothing;
  }
}

void main();
