/**
 * Simulated: a Compute Engine VM that runs Container-Optimized OS. It is a container with systemd, cloud-init and a
 * Docker Engine of its own inside (the recipe is in image/), in a network that the test created, with a metadata
 * server. What is on disk outlives a reboot, everything else is created anew by each boot, as on COS.
 */
import execa, { ExecaReturnValue, Options } from "execa";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerEngine, dockerEngine } from "../../real/docker-engine";
import { GuestAttributes } from "./metadata/guest-attributes";
import { MachineIdentity, MetadataRequest, MetadataServer } from "./metadata/metadata-server";
import { AccessTokens } from "./metadata/access-tokens";
import { MetadataLink, startMetadataLink } from "./metadata-link";
import { ensureMachineImage } from "./cos-machine-image";
import { ownerLabelArgs } from "../../real/docker-leftovers";
import { removeCgroup } from "./cos-machine-cgroup";
import { createMachineDisk, MachineDisk } from "./cos-machine-disk";
import { PersistentDisk } from "./persistent-disk";
import { Registry } from "../image-registry";
import { TestNetwork } from "../test-network";

export interface CosMachineOptions {
  readonly network: TestNetwork;
  /** The instance's metadata: user-data and all other keys. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Trusted by the machine, and found under its names. */
  readonly registry?: Registry;
  /** Further names that the machine's DNS knows, with their addresses. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** The tokens of its service account; several machines may have the same. */
  readonly tokens?: AccessTokens;
  readonly identity?: Partial<MachineIdentity>;
  /** As docker takes it, like "2g"; the host's by default. */
  readonly memory?: string;
  /** Of the boot disk; 20 by default, as the construct has it. */
  readonly diskSizeGb?: number;
  /** Whether containers run on while dockerd restarts; COS has it so. */
  readonly liveRestore?: boolean;
  /** Persistent disks, by the names of their devices. */
  readonly disks?: Readonly<Record<string, PersistentDisk>>;
}

export interface Boot {
  readonly number: number;
  readonly started: number;
  /** How the boot ended, if it has. */
  ended?: { readonly time: number; readonly kind: "reboot" | "power-off" | "killed" };
}

/** systemd's exit codes as PID 1 of a container: the kernel ends it by SIGHUP for a reboot, SIGINT for a halt. */
const rebootCode = 129;
const haltCodes = [0, 130];

/**
 * What the root of a machine may do, but for what would reach the host (clock, kernel modules, raw devices), and what
 * the test's own surroundings may lack (SYS_RESOURCE) or its engine may not know (BPF and newer).
 */
const capabilities = [
  ...["AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"],
  ...["IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN"],
  ...["NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN"],
  ...["SYS_BOOT", "SYS_CHROOT", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_TTY_CONFIG"],
];

export class CosMachine {
  public readonly boots: Boot[] = [];
  private readonly events = new EventEmitter();
  private console = "";
  private destroyed = false;
  private disk?: MachineDisk;
  /** By the names of the devices. */
  private readonly attached = new Map<string, PersistentDisk>();

  private constructor(
    private readonly engine: DockerEngine,
    private readonly options: CosMachineOptions,
    private readonly image: string,
    private readonly identity: MachineIdentity,
    private readonly folder: string,
    private readonly metadata: MetadataServer,
    private readonly link: MetadataLink,
  ) {}

  public static async start(options: CosMachineOptions): Promise<CosMachine> {
    const engine = await dockerEngine();
    const image = await ensureMachineImage();
    const address = options.network.nextAddress();
    const identity = {
      name: "app",
      id: String(4_000_000_000_000_000_000n + BigInt(Date.now())),
      zone: "us-east1-b",
      projectId: "test-project",
      projectNumber: "123456789012",
      serviceAccountEmail: "app@test-project.iam.gserviceaccount.com",
      address,
      ...options.identity,
    };
    const folder = mkdtempSync(join(tmpdir(), "cos-machine-"));
    const metadata = new MetadataServer(identity, options.metadata, options.tokens);
    await metadata.listen(join(folder, "metadata.sock"));
    const { registry } = options;
    const link = await startMetadataLink(join(folder, "metadata.sock"), {
      ...Object.fromEntries((registry?.hosts ?? []).map((host) => [host, registry!.address])),
      ...options.hosts,
    });
    const machine = new CosMachine(engine, options, image, identity, folder, metadata, link);
    try {
      machine.disk = await createMachineDisk(engine, `${machine.container}-disk`, options.diskSizeGb ?? 20);
      Object.entries(options.disks ?? {}).forEach(([name, disk]) => machine.attached.set(name, disk));
      await machine.boot();
      return machine;
    } catch (error) {
      const output = await machine.readConsole();
      await machine.destroy();
      throw new Error(`the machine does not start; its console:\n${output}`, { cause: error });
    }
  }

  /** Its address in the test's network; the ports that Docker publishes in it answer there. */
  public get address(): string {
    return this.identity.address;
  }

  public get httpAddress(): string {
    return `http://${this.address}`;
  }

  public get bootCount(): number {
    return this.boots.length;
  }

  public get isRunning(): boolean {
    return this.boots.length > 0 && !this.boots[this.boots.length - 1].ended;
  }

  public get tokens(): AccessTokens {
    return this.metadata.tokens;
  }

  /** What the metadata server was asked. */
  public get metadataRequests(): readonly MetadataRequest[] {
    return this.metadata.requests;
  }

  public get guestAttributes(): GuestAttributes {
    return this.metadata.guestAttributes;
  }

  public getMetadata(): Readonly<Record<string, string>> {
    return this.metadata.getAttributes();
  }

  /** As instances.setMetadata: replaces all keys, at once and without a reboot. */
  public setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.metadata.setAttributes(metadata);
  }

  /** Runs a command on the machine, as root. */
  public exec(argv: readonly string[], options: Options = {}): Promise<ExecaReturnValue> {
    const interactive = options.input === undefined ? [] : ["--interactive"];
    return this.engine.docker(["exec", ...interactive, this.container, ...argv], options);
  }

  /** A bash script on the machine; returns what it prints. */
  public async shell(script: string, options: Options = {}): Promise<string> {
    return (await this.exec(["bash", "-c", script], options)).stdout;
  }

  /** As Compute Engine limits what a machine type sends. Until the machine ends. */
  public async limitEgress(bitsPerSecond: number): Promise<void> {
    const limit = ["root", "tbf", "rate", `${bitsPerSecond}bit`, "burst", "1mb", "latency", "50ms"];
    await execa("nsenter", [
      "--net",
      `--target=${await this.pid()}`,
      "tc",
      "qdisc",
      "replace",
      "dev",
      "eth0",
      ...limit,
    ]);
  }

  /** Until cloud-init has done all it does at this boot. */
  public async cloudInitDone(): Promise<void> {
    await this.exec(["cloud-init", "status", "--wait"]);
  }

  /** What systemd's journal says, of all boots, or of one unit. */
  public async journal(unit?: string): Promise<string> {
    const { stdout } = await this.exec([
      "journalctl",
      "--no-pager",
      "-o",
      "short-iso-precise",
      ...(unit ? ["-u", unit] : []),
    ]);
    return stdout;
  }

  /** What the machine has printed on its console, of all boots: also when nothing on it answers. */
  public async consoleOutput(): Promise<string> {
    return this.console + (this.isRunning ? await this.readConsole() : "");
  }

  /** What somebody needs who asks why it does not do what it should: its state, its boots, console and journal. */
  public async describe(): Promise<string> {
    const boots = this.boots.map(({ number, ended }) => `${number} (${ended?.kind ?? "running"})`).join(", ");
    const ask = async (title: string, script: string) =>
      `== ${title}\n${(await this.exec(["bash", "-c", script], { reject: false, all: true })).all}`;
    return [
      `== boots\n${boots}`,
      `== guest attributes\n${JSON.stringify(this.guestAttributes.history.slice(-5), undefined, 1)}`,
      `== console\n${(await this.consoleOutput()).slice(-3000)}`,
      ...(this.isRunning
        ? [
            await ask("units", "systemctl list-units --no-pager --all --type service; systemctl list-jobs --no-pager"),
            await ask("containers", "docker ps --all; docker images"),
            await ask("journal", "journalctl --no-pager --output short-precise --lines 250"),
          ]
        : []),
    ].join("\n");
  }

  /** As instances.attachDisk: udev links the device under its name. */
  public async attachDisk(deviceName: string, disk: PersistentDisk): Promise<void> {
    this.attached.set(deviceName, disk);
    if (this.isRunning) await this.showDevice(deviceName, disk);
  }

  /** As instances.detachDisk, except that a loop device answers what has it mounted until that is unmounted. */
  public async detachDisk(deviceName: string): Promise<void> {
    const disk = this.attached.get(deviceName);
    this.attached.delete(deviceName);
    if (this.isRunning) await this.exec(["rm", "-f", `/dev/disk/by-id/google-${deviceName}`, `${disk?.device}`]);
  }

  private async showDevice(deviceName: string, { device }: PersistentDisk): Promise<void> {
    const script = `
      mkdir -p /dev/disk/by-id
      [[ -b ${device} ]] || mknod -m 660 ${device} b 7 ${device.replace("/dev/loop", "")}
      ln -sfn ${device} /dev/disk/by-id/google-${deviceName}`;
    await this.exec(["bash", "-ec", script]);
  }

  /** `systemctl reboot` on the machine; returns when the next boot has begun. */
  public async reboot(): Promise<void> {
    const next = this.nextBoot();
    await this.exec(["systemctl", "reboot"], { reject: false });
    await next;
  }

  /** Until a boot after this moment has begun, whoever caused it. */
  public async nextBoot(timeoutMs = 120_000): Promise<Boot> {
    const [boot] = (await once(this.events, "boot", { signal: AbortSignal.timeout(timeoutMs) })) as [Boot];
    return boot;
  }

  /** A clean shutdown, as stopping the instance. */
  public async shutDown(): Promise<void> {
    const ended = once(this.events, "end");
    await this.exec(["systemctl", "poweroff"], { reject: false });
    await ended;
  }

  /** Pulls the plug. */
  public async powerOff(): Promise<void> {
    const ended = once(this.events, "end");
    await this.engine.docker(["kill", "--signal", "KILL", this.container]);
    await ended;
  }

  /** Starts it again after shutDown or powerOff. */
  public async powerOn(): Promise<void> {
    if (this.isRunning) throw new Error("the machine is running");
    await this.boot();
  }

  /** Removes the machine and its disk. */
  public async destroy(): Promise<void> {
    this.destroyed = true;
    await this.engine.docker(["rm", "--force", "--volumes", this.container], { reject: false });
    await removeCgroup(this.container);
    await this.link.close();
    await this.metadata.close();
    await this.disk?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get container(): string {
    return `e2e-machine-${process.pid}-${this.address}`;
  }

  private async boot(): Promise<void> {
    const { network, memory, liveRestore = true, registry } = this.options;
    const authority = registry
      ? ["--volume", `${registry.caFile}:/usr/local/share/ca-certificates/registry.crt:ro`]
      : [];
    await this.engine.docker([
      ...["run", "--detach", "--name", this.container, ...ownerLabelArgs()],
      ...["--network", network.name, "--ip", this.address, "--hostname", this.identity.name],
      ...["--read-only", "--tty", "--stop-signal", "SIGRTMIN+3", "--cgroupns", "private"],
      ...capabilities.flatMap((name) => ["--cap-add", name]),
      ...["seccomp", "apparmor", "systempaths"].flatMap((name) => ["--security-opt", `${name}=unconfined`]),
      ...["--device-cgroup-rule", "a *:* rwm", "--device", "/dev/fuse"],
      ...["--tmpfs", "/run:rw,exec,nosuid,nodev,mode=755", "--tmpfs", "/run/lock"],
      ...["--tmpfs", "/tmp:rw,noexec,nosuid,nodev", "--tmpfs", "/mnt/disks:rw,exec,nosuid,nodev,mode=755"],
      ...["--volume", `${this.disk?.volume}:/mnt/stateful_partition:nocopy`, ...authority],
      ...["--env", `LIVE_RESTORE=${liveRestore}`, "--env", `CGROUP=${this.container}`],
      ...(memory ? ["--memory", memory] : []),
      this.image,
    ]);
    await this.link.plugInto(await this.pid(), this.address);
    await this.initRuns();
    for (const [name, disk] of this.attached) await this.showDevice(name, disk);
    const boot: Boot = { number: this.boots.length + 1, started: Date.now() };
    this.boots.push(boot);
    this.events.emit("boot", boot);
    void this.supervise(boot);
  }

  /** Of its first process, on this machine. */
  private async pid(): Promise<number> {
    const { stdout } = await this.engine.docker(["inspect", "--format", "{{.State.Pid}}", this.container]);
    return Number(stdout);
  }

  /** Until then start-machine mounts the file systems, and nothing of the machine is as COS has it. */
  private async initRuns(): Promise<void> {
    const question = "until [[ $(</proc/1/comm) == systemd ]]; do sleep 0.05; done";
    const { exitCode } = await this.exec(["timeout", "60", "bash", "-c", question], { reject: false });
    // Another code is that of a machine which has ended meanwhile: whoever supervises the boot sees that.
    if (exitCode === 124) throw new Error("systemd does not run after 60 seconds");
  }

  private async supervise(boot: Boot): Promise<void> {
    const { stdout } = await this.engine.docker(["wait", this.container], { reject: false });
    if (this.destroyed) return;
    const code = Number(stdout);
    this.console += await this.readConsole();
    await this.engine.docker(["rm", "--force", this.container]);
    await removeCgroup(this.container);
    const kind = code === rebootCode ? "reboot" : haltCodes.includes(code) ? "power-off" : "killed";
    boot.ended = { time: Date.now(), kind };
    if (kind !== "reboot") {
      this.events.emit("end", boot);
      return;
    }
    await this.boot().catch((error: Error) => {
      this.console += `\nthe machine cannot be booted again: ${error.message}\n`;
      this.events.emit("end", boot);
    });
  }

  private async readConsole(): Promise<string> {
    return (await this.engine.docker(["logs", this.container], { reject: false, all: true })).all ?? "";
  }
}

export function startCosMachine(options: CosMachineOptions): Promise<CosMachine> {
  return CosMachine.start(options);
}
