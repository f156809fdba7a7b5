/**
 * What the data path costs, side by side: the real gcsfuse, with what the construct renders, against the ways that others
 * mount a bucket, on the emulator of Cloud Storage behind a link that is as slow as a bucket in the same region. The columns
 * take turns at each workload, so that a busy moment of this machine meets all of them. Not a part of CI:
 * `npm run bench:data`, as root on Debian with the packages of .ci/run.
 */
import { Command } from "commander";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { invalidInput, quote } from "../../../lib/checks/invalid-input";
import { dockerEngine } from "../../e2e/support/real/docker-engine";
import { removeLeftovers } from "../../e2e/support/real/docker-leftovers";
import { requireHere } from "../../e2e/support/real/requirements";
import { createTestNetwork, type TestNetwork } from "../../e2e/support/simulated/test-network";
import { endRun, startRun } from "../../support/run/test-run";
import { COLUMNS, type Column } from "./columns";
import { type Form, LONG, SHORT } from "./form";
import { Lane } from "./lane";
import { LINK } from "./link";
import { Machine, type Usage } from "./machine";
import { isTooBusy, MOST_LOAD, startOthersLoad } from "./others-load";
import type { Report } from "./report";
import { Storage } from "./storage";
import { tables } from "./tables";
import { lateFile, seeds, WORKLOADS } from "./workloads";

interface Options {
  readonly short?: boolean;
  readonly json?: string;
  readonly columns?: string;
  readonly rounds?: string;
  readonly memories?: string;
}

const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** For one workload in one column. */
const MOST_MINUTES = 5;

/** What has been started, in its order: it ends in the other one. */
type Ends = (() => unknown)[];

async function main(): Promise<void> {
  const options = new Command("bench:data")
    .option("--short", "less of everything, in about three minutes")
    .option("--json <file>", "write the raw numbers to a file")
    .option(
      "--columns <names>",
      `only these columns, separated by commas: ${COLUMNS.map(({ name }) => name).join(", ")}`,
    )
    .option("--rounds <number>", "how often everything is done; medians need three")
    .option("--memories <megabytes>", "only with these limits of memory, separated by commas")
    .parse()
    .opts<Options>();
  requireHere();
  const names = options.columns?.split(",");
  const columns = COLUMNS.filter(({ name }) => !names || names.includes(name));
  const unknown = names?.filter((name) => !COLUMNS.some((column) => column.name === name)) ?? [];
  if (unknown.length > 0) throw invalidInput("--columns", unknown.join(","), "use names of columns: --help lists them");
  const form = {
    ...(options.short ? SHORT : LONG),
    ...(options.rounds && { rounds: Number(options.rounds) }),
    ...(options.memories && { memoriesMb: options.memories.split(",").map(Number) }),
  };
  const run = startRun();
  const ends: Ends = [];
  try {
    const report = await bench(form, columns, run.folder, ends);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
    process.stdout.write(`${tables(report)}\n`);
    const { before, meanwhile } = report.othersLoad;
    if (isTooBusy(report.othersLoad)) {
      say(
        `warning: other things kept this machine busy (load ${before.toFixed(1)} before, ${meanwhile.toFixed(1)} ` +
          `processors meanwhile; allowed: ${MOST_LOAD}): the times are not to be trusted, the requests are`,
      );
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  } finally {
    for (const end of ends.reverse()) await end();
    await endRun(run);
  }
}

async function bench(form: Form, columns: readonly Column[], folder: string, ends: Ends): Promise<Report> {
  const othersLoad = startOthersLoad();
  const engine = await dockerEngine();
  ends.push(() => engine.stop());
  await removeLeftovers(engine);
  // What the support for the tests finds in the environment.
  if (engine.env.DOCKER_HOST) process.env.DOCKER_HOST = engine.env.DOCKER_HOST;
  const network = await createTestNetwork();
  ends.push(() => network.close());
  const data = mkdtempSync(join(folder, "storage-"));
  mkdirSync(data, { recursive: true });
  const storage = await Storage.start(data, network.gateway, columns.length);
  ends.push(() => storage.stop());

  const found: { lanes: Lane[]; usage: Report["usage"][number][]; cpuSeconds: number }[] = [];
  let versions: Record<string, string> = {};
  for (const memoryMb of form.memoriesMb) {
    const lanes = await startLanes(columns, memoryMb, network, storage, ends);
    say(`${lanes.length} machines with ${memoryMb} MB each are there`);
    await fill(form, memoryMb, lanes, storage);
    say("the files are there");
    const usage: Report["usage"][number][] = [];
    for (let round = 1; round <= form.rounds; round++) {
      for (const lane of lanes) lane.round = round;
      for (const lane of lanes) await lane.restart();
      for (const workload of WORKLOADS) for (const lane of lanes) await inTime(lane, workload(lane, form));
      await Promise.all(lanes.map((lane) => lateFile(lane, form)));
      for (const { column, machine } of lanes) {
        usage.push({ column: column.name, memoryMb, round, ...(await machine.does<Usage>("usage")) });
      }
      say(`round ${round} of ${form.rounds} is done`);
    }
    versions = { node: process.version, ...(await lanes[0].machine.does<object>("versions")) };
    let cpuSeconds = 0;
    for (const { machine } of lanes) {
      cpuSeconds += await machine.does<number>("cpu_seconds");
      await machine.stop();
    }
    found.push({ lanes, usage, cpuSeconds });
  }
  const own = process.cpuUsage();
  const cpuSeconds =
    (own.user + own.system) / 1e6 +
    (await storage.cpuSeconds()) +
    found.reduce((sum, { cpuSeconds: ofMachines }) => sum + ofMachines, 0);
  return {
    date: new Date().toISOString(),
    command: ["npm run bench:data --", ...process.argv.slice(2)].join(" "),
    form,
    link: LINK,
    machine: { kernel: release(), processors: cpus().length },
    versions,
    othersLoad: othersLoad(cpuSeconds),
    columns: columns.map(({ name, what, mount }) => {
      const { command, config } = mount?.("http://storage/storage/v1/") ?? {};
      return { name, what, command: command?.join(" "), config };
    }),
    measurements: found.flatMap(({ lanes }) => lanes.flatMap(({ measurements }) => measurements)),
    usage: found.flatMap(({ usage }) => usage),
  };
}

/** What mounts tries again and again where it does not understand an answer. */
async function inTime(lane: Lane, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(MOST_MINUTES * 60_000, undefined, { signal: timer.signal }).then(() => {
    const [last] = lane.measurements.slice(-1);
    throw new Error(`${lane.column.name} does not come to an end after ${quote(last?.row)}: look at its log`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function startLanes(
  columns: readonly Column[],
  memoryMb: number,
  network: TestNetwork,
  storage: Storage,
  ends: Ends,
): Promise<Lane[]> {
  const ports = await storage.ports();
  const lanes: Lane[] = [];
  for (const [index, column] of columns.entries()) {
    const machine = await Machine.start(await dockerEngine(), network, memoryMb);
    ends.push(() => machine.stop());
    const endpoint = `http://${network.gateway}:${ports[index]}/storage/v1/`;
    lanes.push(new Lane(column, index, memoryMb, machine, storage, endpoint));
  }
  return lanes;
}

/** The bucket, and the folder of a lane that has none. */
async function fill(form: Form, memoryMb: number, lanes: readonly Lane[], storage: Storage): Promise<void> {
  const [bucket, disk] = [lanes.filter(({ column }) => column.mount), lanes.filter(({ column }) => !column.mount)];
  for (const seed of seeds(form, memoryMb, bucket)) await storage.seed(seed);
  for (const lane of disk) for (const seed of seeds(form, memoryMb, [lane])) await lane.machine.does("make", seed);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
