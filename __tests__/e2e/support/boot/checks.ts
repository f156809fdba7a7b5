/** What must hold of a VM that runs the probe app; each throws if it does not. Suites and deliberate breaks use the same. */
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { isRunning, runAppByHand } from "./containers";
import { ownFilesNamed } from "./files-on-disk";
import { Probe, PROBE_FOLDER } from "./probe";
import { untilHealthy, until } from "./status";
import { World } from "./vm-world";

const UNITS = "gcsfuse@0 app";

/** With nothing mounted, nobody can write into the folder that the app is given: root neither. */
export async function checkNothingIsWrittenWithoutMount(machine: CosMachine): Promise<void> {
  const marker = `unmounted-${Date.now()}`;
  await machine.shell(`systemctl stop ${UNITS}`);
  try {
    for (const user of ["", "--user=0:0"]) {
      await runAppByHand(machine, user);
      const probe = new Probe(machine);
      await until("the app by hand answers", () => probe.process().then(Boolean, () => false));
      const error = await probe.write(`${PROBE_FOLDER}/${marker}`, "lost").then(
        () => undefined,
        (reason: Error) => reason,
      );
      if (error === undefined) throw new Error(`a file was written while nothing was mounted (${user || "own user"})`);
      if (!/read-only file system|transport endpoint is not connected/.test(error.message)) throw error;
    }
    await checkNoFileOfItsOwn(machine, marker);
  } finally {
    await machine.shell(`docker rm --force app; systemctl start --no-block ${UNITS}`, { reject: false });
  }
  await untilHealthy(machine, 120);
}

/** No file whose name has the marker is anywhere but in the bucket. */
export async function checkNoFileOfItsOwn(machine: CosMachine, marker: string): Promise<void> {
  const found = await ownFilesNamed(machine, marker);
  if (found.length > 0)
    throw new Error(`the VM itself has files that belong into the bucket: ${found.slice(0, 5).join(", ")}`);
}

/** While the bucket does not answer at boot, the app is not started; once it does, it is, by itself. */
export async function checkAppWaitsForItsMounts(world: World, machine: CosMachine): Promise<void> {
  if (machine.isRunning) await machine.powerOff();
  await world.gcs.outage("hang");
  try {
    await machine.powerOn();
    // gcsfuse is mounted but does not answer: the moment at which an app that does not wait is started.
    const sidecarRuns = () => isRunning(machine, "gcsfuse-0");
    await until("the sidecar runs", sidecarRuns, { seconds: 120 });
    for (const end = Date.now() + 4000; Date.now() < end;) {
      if (await isRunning(machine, "app")) throw new Error("the app was started while its bucket did not answer");
    }
  } finally {
    await world.gcs.outage(false);
  }
  await untilHealthy(machine, 120);
}

const METADATA = "169.254.169.254";
const TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/** The app gets nothing from the metadata server, by no name and no port, but DNS. */
export async function checkAppIsCutOff(world: World, machine: CosMachine): Promise<void> {
  const probe = new Probe(machine);
  for (const host of [METADATA, "metadata.google.internal", "metadata", `[::ffff:${METADATA}]`]) {
    for (const port of [80, 8080, 443, 988]) {
      const url = `http://${host}:${port}${TOKEN_PATH}`;
      const answer = await probe.fetch(url).catch(() => undefined);
      if (answer !== undefined) throw new Error(`the app got an answer from ${url}: ${answer.body}`);
      const connected = await probe.connect(`${host}:${port}`).catch(() => false);
      if (connected) throw new Error(`the app could connect to ${host}:${port}`);
    }
  }
  const addresses = await probe.resolve("metadata.google.internal");
  if (!addresses.includes(METADATA)) throw new Error(`DNS told the app ${addresses.join()}`);
  // The sidecar does have a token: the bucket lets nobody else in.
  const served = world.gcs.requests.some(({ tokenOk, status }) => tokenOk && status === 200);
  if (!served) throw new Error("the sidecar had no token that the bucket accepted");
}

export interface ExpectedEnvironment {
  readonly values: ReadonlyMap<string, string>;
  /** A text that only these values have: it tells them where they should not be. */
  readonly marker: string;
}

/** The app's environment is as given, byte for byte, and no process of the machine itself has ever anything of it. */
export async function checkEnvironment(machine: CosMachine, { values, marker }: ExpectedEnvironment): Promise<void> {
  // While the container is created again, everything that runs on the machine is watched.
  const leaks = await watchEnvironments(machine, marker, "systemctl restart app");
  if (leaks !== "") throw new Error(`processes of the VM had the app's environment: ${leaks}`);
  await untilHealthy(machine, 60);
  const { environment } = await new Probe(machine).process();
  const entries = Buffer.from(environment, "base64").toString("latin1").split("\0").filter(Boolean);
  const arrived = new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry]));
  for (const [name, value] of values) {
    const wanted = Buffer.from(`${name}=${value}`).toString("latin1");
    if (arrived.get(name) !== wanted) {
      throw new Error(`${name} is ${JSON.stringify(arrived.get(name))} and should be ${JSON.stringify(wanted)}`);
    }
  }
  if (entries.length !== arrived.size) throw new Error("a variable arrived twice");
  const others = [...arrived.keys()].filter(
    (name) => !values.has(name) && !["HOME", "HOSTNAME", "PATH"].includes(name),
  );
  if (others.length > 0) throw new Error(`nobody asked for ${others.join()}`);
}

/** Runs a command and meanwhile, and 3 seconds more, looks at every process of the machine that is in no container. */
async function watchEnvironments(machine: CosMachine, marker: string, command: string): Promise<string> {
  const script = `
import glob, os, subprocess, sys, time
marker = sys.argv[1].encode()
own = os.readlink("/proc/1/ns/pid")
command = subprocess.Popen(sys.argv[2], shell=True)
end = None
found = set()
while end is None or time.monotonic() < end:
    for process in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(process + "/ns/pid") == own and marker in open(process + "/environ", "rb").read():
                found.add(open(process + "/comm").read().strip())
        except OSError:
            pass
    if end is None and command.poll() is not None:
        end = time.monotonic() + 3
print(", ".join(sorted(found)))
`;
  const { stdout } = await machine.exec(["python3", "-", marker, command], { input: script });
  return stdout.trim();
}
