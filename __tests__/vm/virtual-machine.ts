/**
 * A virtual machine of qemu. Simulated of its disks: what qemu has written is in the host's page cache and survives its end,
 * so a power cut loses what the guest's kernel had in memory, and not what a disk's own cache may lose.
 */
import execa, { ExecaChildProcess } from "execa";
import { cpSync, mkdirSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DockerEngine } from "../e2e/support/real/docker-engine";
import { ownerLabelArgs } from "../e2e/support/real/docker-leftovers";
import { ensureMachineImage } from "../e2e/support/simulated/cos-machine/cos-machine-image";

/** qemu's emulation by default; `VM_ACCEL=kvm` where the processor may be used. */
const ACCEL = process.env.VM_ACCEL ?? "tcg,thread=multi";
/** Ports that are taken on to the machine. */
const PORTS = [80, 8080];

export class VirtualMachine {
  private process: ExecaChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly boot: { readonly kernel: string; readonly initrd: string },
  ) {}

  /** Its root, stateful partition, and a blank persistent disk of 10 GB, which the machine has as google-db. */
  public static async create(engine: DockerEngine, folder: string, certificate: string): Promise<VirtualMachine> {
    const root = await rootFolder(engine, folder, certificate);
    await makeFileSystem(join(folder, "root.img"), 4, "-d", root);
    await makeFileSystem(join(folder, "state.img"), 10);
    makeFile(join(folder, "db.img"), 10);
    const bootFolder = join(root, "boot");
    const found = (prefix: string) => {
      const name = readdirSync(bootFolder).find((file) => file.startsWith(prefix))!;
      cpSync(join(bootFolder, name), join(folder, prefix));
      return join(folder, prefix);
    };
    const boot = { kernel: found("vmlinuz"), initrd: found("initrd") };
    rmSync(root, { recursive: true });
    return new VirtualMachine(folder, boot);
  }

  /** What it has written to its console. */
  public get consoleFile(): string {
    return join(this.folder, "console");
  }

  /** Runs in the network namespace of a process; qemu passes on what the machine sends and what comes to its ports. */
  public powerOn(pid: number, address: string): void {
    const console = openSync(this.consoleFile, "a");
    const forwarded = PORTS.map((port) => `,hostfwd=tcp:${address}:${port}-:${port}`).join("");
    const disk = (name: string, options = "") => `file=${join(this.folder, `${name}.img`)},format=raw${options}`;
    this.process = execa(
      "nsenter",
      [
        ...["--net", `--target=${pid}`, "setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"],
        ...["-accel", ACCEL, "-smp", "2", "-m", "2048", "-nographic", "-no-user-config"],
        ...["-kernel", this.boot.kernel, "-initrd", this.boot.initrd],
        ...["-append", "root=/dev/vda ro init=/usr/libexec/start-vm console=ttyS0 net.ifnames=0 quiet"],
        ...["-drive", disk("root", ",if=virtio,readonly=on"), "-drive", disk("state", ",if=virtio")],
        ...["-drive", disk("db", ",if=virtio,id=db")],
        ...["-netdev", `user,id=net${forwarded}`, "-device", "virtio-net-pci,netdev=net"],
        ...["-qmp", `unix:${this.monitor},server=on,wait=off`],
      ],
      { stdio: ["ignore", console, console], reject: false },
    );
  }

  /** Nothing that its kernel has in memory gets to a disk. */
  public async cutPower(): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process;
    this.process = undefined;
  }

  /** As disks.resize. */
  public async growDisk(sizeGb: number): Promise<void> {
    const socket = createConnection(this.monitor);
    try {
      const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
      // Its greeting comes first.
      await lines.next();
      for (const command of [
        { execute: "qmp_capabilities" },
        { execute: "block_resize", arguments: { device: "db", size: sizeGb * 2 ** 30 } },
      ]) {
        socket.write(`${JSON.stringify(command)}\n`);
        const { value } = await lines.next();
        if (!value?.includes('"return"')) throw new Error(`qemu refuses ${command.execute}: ${value}`);
      }
    } finally {
      socket.destroy();
    }
  }

  private get monitor(): string {
    return join(this.folder, "monitor.sock");
  }
}

/** The machine of the end-to-end tests with a kernel, unpacked. */
async function rootFolder(engine: DockerEngine, folder: string, certificate: string): Promise<string> {
  const context = join(folder, "context");
  cpSync(__dirname, context, { recursive: true });
  cpSync(certificate, join(context, "registry.crt"));
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
  rmSync(archive);
  return root;
}

function makeFile(file: string, sizeGb: number): void {
  writeFileSync(file, "");
  truncateSync(file, sizeGb * 2 ** 30);
}

async function makeFileSystem(file: string, sizeGb: number, ...options: string[]): Promise<void> {
  makeFile(file, sizeGb);
  await execa("mkfs.ext4", ["-q", "-m", "0", ...options, file]);
}
