/**
 * From a VM's start to the app's first answer, against those of its parts that nothing can spare, each done alone on the same VM
 * afterwards. Ratios are printed and nothing is asserted of them; that the app answers is.
 */
import { answers, explained, until } from "../support/boot/status";
import { median } from "../../bench/data/median";
import { printTable } from "../support/boot/table";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const UNITS = ["metadata-watcher", "app", "gcsfuse@0"];

/** Seconds of each part; the keys are what is printed. */
type Parts = Record<"the system and cloud-init" | "both images, pulled at once" | "the mount" | "the app", number>;

let world: World;

beforeAll(async () => {
  world = await World.create();
}, 300_000);

afterAll(async () => {
  await world?.close();
});

function untilAnswers(machine: CosMachine): Promise<number> {
  return explained(
    machine,
    until("the app answers", () => answers(machine), { seconds: 180, every: 0.02 }),
  );
}

/** Until the first of what is ours begins. */
async function systemSeconds(machine: CosMachine): Promise<number> {
  const first = await machine.shell("journalctl --unit=metadata-watcher.service --output=short-unix | head -n 1");
  return Number(first.split(" ")[0]) - machine.boots[0].started / 1000;
}

/** The seconds of `work`, as the machine itself counts them: a command sent to it takes time too. */
async function secondsOf(machine: CosMachine, work: string): Promise<number> {
  const printed = await machine.shell(`set -e; begin=$EPOCHREALTIME; ${work}; end=$EPOCHREALTIME; echo "$begin $end"`, {
    timeout: 180_000,
  });
  const [begin, end] = printed.split("\n").pop()!.split(" ").map(Number);
  return end - begin;
}

/** What the machine has brought up is taken down, and done again bit by bit, with nothing of ours about it. */
async function partsAlone(machine: CosMachine): Promise<Omit<Parts, "the system and cloud-init">> {
  const config = (name: string) => `/run/gcs-backed-container-app/config/${name}`;
  const [app, gcsfuse] = [await imageOf(machine, "app"), await imageOf(machine, "gcsfuse-0")];
  await machine.shell(`systemctl stop ${UNITS.join(" ")}; docker image rm --force ${app} ${gcsfuse}`);
  const pull = await secondsOf(
    machine,
    `export HOME=/var/lib/gcs-backed-container-app DOCKER_CONFIG=${config("docker")}
     docker pull -q ${app} >/dev/null & first=$!; docker pull -q ${gcsfuse} >/dev/null; wait $first`,
  );
  const mount = await secondsOf(
    machine,
    `cd ${config("gcsfuse-0")}; mapfile -d '' options <options; mapfile -d '' command <command
     folder=/run/gcs-backed-container-app/gcsfuse-0; mkdir -p $folder/fs
     docker create "\${options[@]}" --mount=type=bind,source=$PWD/config.yaml,target=/etc/gcsfuse/config.yaml,readonly \\
       ${gcsfuse} --uid=0 --gid=0 "\${command[@]}" >created; docker start $(<created) >/dev/null
     until mountpoint -q $folder/fs; do sleep 0.02; done`,
  );
  await machine.shell(`docker rm --force $(cat ${config("gcsfuse-0")}/created)`);
  const begin = Date.now();
  await machine.shell(`docker run --detach --publish 80:80 ${app}`);
  await untilAnswers(machine);
  return {
    "both images, pulled at once": pull,
    "the mount": mount,
    "the app": (Date.now() - begin) / 1000,
  };
}

async function imageOf(machine: CosMachine, name: string): Promise<string> {
  return (await machine.shell(`cat /run/gcs-backed-container-app/config/${name}/image`)).trim();
}

test("from the VM's start to the app's first answer", async () => {
  const rounds: { whole: number; parts: Parts }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const machine = await world.vm(await world.demo(), { memory: "2g" });
    await untilAnswers(machine);
    const whole = (Date.now() - machine.boots[0].started) / 1000;
    const system = await systemSeconds(machine);
    rounds.push({ whole, parts: { "the system and cloud-init": system, ...(await partsAlone(machine)) } });
    await machine.destroy();
  }
  const names = Object.keys(rounds[0].parts) as (keyof Parts)[];
  const sums = rounds.map(({ parts }) => names.reduce((sum, name) => sum + parts[name], 0));
  const row = (name: string, values: number[]) => [
    name,
    median(values).toFixed(2),
    values.map((v) => v.toFixed(2)).join(" "),
  ];
  printTable(
    `from the VM's start to the first answer, medians of ${ROUNDS}`,
    ["part", "s", "rounds"],
    [
      ...names.map((name) =>
        row(
          name,
          rounds.map(({ parts }) => parts[name]),
        ),
      ),
      row("their sum", sums),
      row(
        "the whole boot",
        rounds.map(({ whole }) => whole),
      ),
      row(
        "ratio",
        rounds.map(({ whole }, round) => whole / sums[round]),
      ),
    ],
  );
}, 900_000);
