/**
 * Deliberate breaks: each is put into the planned user-data, and the suites' own check, which passes there without it, must
 * catch it.
 */
import {
  checkAppIsCutOff,
  checkAppWaitsForItsMounts,
  checkEnvironment,
  checkNothingIsWrittenWithoutMount,
} from "../support/boot/checks";
import { plannedMetadata } from "../support/boot/payload";
import { probeProps } from "../support/boot/probe";
import { untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const MARKER = "only-for-the-app";
const environment = { GREETING: `hello ${MARKER}`, HOME: `/nowhere/${MARKER}` };

let world: World;
let machine: CosMachine;
let metadata: Record<string, string>;

beforeAll(async () => {
  world = await World.create();
  metadata = await plannedMetadata({ ...(await probeProps(world)), environment });
  machine = await world.vmOf(metadata);
  await untilHealthy(machine, 120);
});

afterAll(async () => {
  await world?.close();
});

const checks = {
  checkNothingIsWrittenWithoutMount: () => checkNothingIsWrittenWithoutMount(machine),
  checkAppWaitsForItsMounts: () => checkAppWaitsForItsMounts(world, machine),
  checkAppIsCutOff: () => checkAppIsCutOff(world, machine),
  checkEnvironment: () => checkEnvironment(machine, { values: new Map(Object.entries(environment)), marker: MARKER }),
};

/** Boots what the break makes of the user-data; it must make something of it. */
async function boots(broken: (userData: string) => string): Promise<void> {
  const userData = broken(metadata["user-data"]);
  await machine.powerOff();
  machine.setMetadata({ ...metadata, "user-data": userData });
  await machine.powerOn();
}

test.each<[string, keyof typeof checks, (userData: string) => string]>([
  [
    "the folder under the mountpoint is writable",
    "checkNothingIsWrittenWithoutMount",
    (text) => text.replace('mount -o remount,ro "$1"', 'chmod 777 "$1/fs"'),
  ],
  [
    "no ordering between mount and app",
    "checkAppWaitsForItsMounts",
    (text) => text.replace(/^( *)wait_for_mounts$/gm, "$1:"),
  ],
  [
    "the app's network is not cut off",
    "checkAppIsCutOff",
    (text) => text.replace(/^( *)block_metadata_server\(\) \{$/m, "$&\n$1  return 0"),
  ],
  [
    "environment values go through the docker client",
    "checkEnvironment",
    (text) =>
      text.replace(
        'docker create "--name=$2" "${options[@]}" "${environment[@]/#/--env=}"',
        'export "${environment[@]}"; environment=("${environment[@]%%=*}"); $&',
      ),
  ],
])("caught: %s", async (what, check, broken) => {
  expect(broken(metadata["user-data"])).not.toBe(metadata["user-data"]);
  await boots(broken);
  await untilHealthy(machine, 120);
  const error = await checks[check]().then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error).toBeDefined();
  process.stdout.write(`break: ${what}\n  caught by ${check}: ${error!.message.split("\n")[0]}\n`);
});
