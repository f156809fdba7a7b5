/**
 * Boots the planned payload in a real virtual machine (qemu, emulated: some minutes), which has a kernel, disks, and boots
 * of its own where the end-to-end tests' machine is a container. Not a part of CI: `npm run check:vm`, as root on Debian
 * with the packages of .ci/run and qemu-system-x86.
 *
 * Simulated around it, as in the end-to-end tests: Container-Optimized OS, the metadata server, Artifact Registry, and
 * Cloud Storage.
 */
import execa, { ExecaChildProcess } from "execa";
import { cpSync, mkdirSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusOf, until, untilHealthy } from "../e2e/support/boot/status";
import { plannedMetadata } from "../e2e/support/boot/payload";
import { versionOf } from "../e2e/support/boot/versions";
import { download, listedNames, pseudoRandomBytes, sha256, upload } from "../e2e/support/boot/uploads";
import { World } from "../e2e/support/boot/vm-world";
import { DockerEngine, dockerEngine } from "../e2e/support/real/docker-engine";
import { ownerLabelArgs } from "../e2e/support/real/docker-leftovers";
import { ensureMachineImage } from "../e2e/support/simulated/cos-machine/cos-machine-image";
import { requireHere } from "../e2e/support/real/requirements";
import { endRun, startRun } from "../support/run/test-run";
import { startMetadataLink } from "../e2e/support/simulated/cos-machine/metadata-link";
import { MetadataServer } from "../e2e/support/simulated/cos-machine/metadata/metadata-server";

const MINUTES_TO_LIVE = 20;
const SIZE = 5_000_000;
const PROJECT = "test-project";

/** The run's temporary folder. */
let folder: string;

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** The disk, kernel and initial RAM disk of the virtual machine. */
async function makeDisks(
  engine: DockerEngine,
  registryCertificate: string,
): Promise<{ kernel: string; initrd: string }> {
  const context = join(folder, "context");
  cpSync(__dirname, context, { recursive: true });
  cpSync(registryCertificate, join(context, "registry.crt"));
  const tag = `vm-${process.pid}`;
  await engine.docker(["build", "--tag", tag, "--build-arg", `MACHINE=${await ensureMachineImage()}`, context]);
  const { stdout: container } = await engine.docker(["create", ...ownerLabelArgs(), tag]);
  const archive = join(folder, "root.tar");
  await engine.docker(["export", "--output", archive, container]);
  await engine.docker(["rm", container]);
  await engine.docker(["rmi", tag]);
  const root = join(folder, "root");
  mkdirSync(root);
  await execa("tar", ["-C", root, "-xf", archive]);
  await makeDisk("root.img", 4, "-d", root);
  await makeDisk("state.img", 10);
  const boot = readdirSync(join(root, "boot"));
  const found = (prefix: string) => {
    cpSync(
      join(
        root,
        "boot",
        boot.find((name) => name.startsWith(prefix))!,
      ),
      join(folder, prefix),
    );
    return join(folder, prefix);
  };
  const files = { kernel: found("vmlinuz"), initrd: found("initrd") };
  rmSync(root, { recursive: true });
  rmSync(archive);
  return files;
}

async function makeDisk(name: string, sizeGb: number, ...options: string[]): Promise<void> {
  const file = join(folder, name);
  writeFileSync(file, "");
  truncateSync(file, sizeGb * 2 ** 30);
  await execa("mkfs.ext4", ["-q", "-m", "0", ...options, file]);
}

/** Runs in the network namespace of a process; qemu passes on what the machine sends and what comes to port 80. */
function startVm(
  pid: number,
  address: string,
  { kernel, initrd }: { kernel: string; initrd: string },
): ExecaChildProcess {
  const console = openSync(join(folder, "console"), "a");
  return execa(
    "nsenter",
    [
      ...["--net", `--target=${pid}`, "setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"],
      ...["-accel", "tcg,thread=multi", "-smp", "2", "-m", "2048", "-nographic", "-no-user-config"],
      ...["-kernel", kernel, "-initrd", initrd],
      ...["-append", "root=/dev/vda ro init=/usr/libexec/start-vm console=ttyS0 net.ifnames=0 quiet"],
      ...["-drive", `file=${join(folder, "root.img")},format=raw,if=virtio,readonly=on`],
      ...["-drive", `file=${join(folder, "state.img")},format=raw,if=virtio`],
      ...["-netdev", `user,id=net,hostfwd=tcp:${address}:80-:80`, "-device", "virtio-net-pci,netdev=net"],
    ],
    { stdio: ["ignore", console, console], reject: false },
  );
}

async function main(): Promise<void> {
  requireHere({ name: "qemu-system-x86", program: "qemu-system-x86_64" });
  const machinesFolder = tmpdir();
  const run = startRun();
  folder = run.folder;
  try {
    await bootAndUpdate(join(machinesFolder, "vm-console"));
  } finally {
    await endRun(run);
  }
}

/** After a failure the console's text is copied to `consoleFile`. */
async function bootAndUpdate(consoleFile: string): Promise<void> {
  const engine = await dockerEngine();
  // What the support for the tests finds in the environment.
  if (engine.env.DOCKER_HOST) process.env.DOCKER_HOST = engine.env.DOCKER_HOST;
  const world = await World.create();
  const address = world.network.nextAddress();
  const props = await world.demo();
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
  const link = await startMetadataLink(
    join(folder, "metadata.sock"),
    Object.fromEntries(registry.hosts.map((host) => [host, registry.address])),
  );
  // Holds the network namespace.
  const { stdout: holder } = await engine.docker([
    ...["run", "--detach", "--network", world.network.name, "--ip", address, ...ownerLabelArgs()],
    ...["--cap-add", "NET_ADMIN", "debian:bookworm-slim", "sleep", "infinity"],
  ]);
  let vm: ExecaChildProcess | undefined;
  try {
    const disks = await makeDisks(engine, registry.caFile);
    const { stdout: pid } = await engine.docker(["inspect", "--format", "{{.State.Pid}}", holder]);
    await execa("nsenter", ["--net", `--target=${pid}`, "ip", "route", "add", "blackhole", "169.254.0.0/16"]);
    await link.plugInto(Number(pid), address);

    const machine = { httpAddress: `http://${address}`, guestAttributes: server.guestAttributes };
    const minutes = { seconds: MINUTES_TO_LIVE * 60, every: 1 };
    const isLive = () => statusOf(machine)?.app.state === "live" && statusOf(machine)?.update.state === "none";
    const started = Date.now();
    const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
    vm = startVm(Number(pid), address, disks);
    say("the virtual machine boots");
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
  } catch (error) {
    cpSync(join(folder, "console"), consoleFile);
    say(`failed; the console is in ${consoleFile}; the state was ${JSON.stringify(server.guestAttributes.current)}`);
    throw error;
  } finally {
    vm?.kill("SIGKILL");
    await vm;
    await engine.docker(["rm", "--force", holder]);
    await link.close();
    await server.close();
    await world.close();
    await engine.stop();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
