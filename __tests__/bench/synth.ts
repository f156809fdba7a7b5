import execa from "execa";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./data/median";

/**
 * What a synthesis costs, side by side: the runs of the candidates take turns, so that a busy moment of the machine meets
 * all of them, and the median of the ratios within a round counts. Prints figures and ratios; exits with 1 where an aim is
 * missed.
 */
const root = join(__dirname, "..", "..");
const rounds = Number(process.env.ROUNDS ?? 5);
const { app: own } = JSON.parse(readFileSync(join(root, "cdktf.json"), "utf8")) as { app: string };
const runnerFor = (file: string) => own.replace("main.ts", `__tests__/bench/apps/${file}.ts`);
const outdir = mkdtempSync(join(tmpdir(), "bench-"));
const HEAP_MB = 256;
let missed = false;

async function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const all = { CHECKPOINT_DISABLE: "1", CDKTF_OUTDIR: outdir, ...env };
  return (await execa(command, args, { cwd: root, env: all, stdin: "ignore" })).stdout;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The seconds of each candidate in each round. */
async function inTurns<Name extends string>(candidates: Record<Name, string>): Promise<Record<Name, number[]>> {
  const names = Object.keys(candidates) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const synth = ["synth", "--app", candidates[name], "--output", outdir];
      times[name].push(await seconds(() => run("node_modules/.bin/cdktf", synth)));
    }
  }
  for (const name of names) console.log(`${name.padEnd(40)} ${median(times[name]).toFixed(2)} s`);
  return times;
}

/** Of two in the same round: what slows the machine for minutes is in both. */
const ratio = (times: readonly number[], others: readonly number[]) =>
  median(times.map((time, at) => time / others[at]));

function compare(what: string, value: number, aim: "at most" | "at least", limit: number, unit = "x"): void {
  const met = aim === "at most" ? value <= limit : value >= limit;
  missed ||= !met;
  console.log(`  ${what}: ${value.toFixed(2)} ${unit} (aim: ${aim} ${limit} ${unit})${met ? "" : "  MISSED"}`);
}

async function many(count: number, nodeOptions = ""): Promise<{ msPerApp: number; peakMb: number }> {
  const [command, ...args] = runnerFor("many").split(" ");
  return JSON.parse(await run(command, args, { COUNT: String(count), NODE_OPTIONS: nodeOptions }));
}

async function main(): Promise<void> {
  console.log(`cdktf synth, medians of ${rounds}`);
  const times = await inTurns({
    "an empty app, same runner": runnerFor("empty"),
    "this stack": own,
    "every feature": runnerFor("full"),
    "the template's way, npx ts-node": "npx ts-node __tests__/bench/apps/template.ts",
  });
  // The template has the resources of this stack, not of every feature: what it would take for those is more.
  for (const name of ["this stack", "every feature"] as const) {
    const template = ratio(times["the template's way, npx ts-node"], times[name]);
    compare(`${name} against an empty app`, ratio(times[name], times["an empty app, same runner"]), "at most", 1.2);
    compare(`the template's way against ${name}`, template, "at least", 3);
  }

  console.log("apps in one stack");
  const few: number[] = [];
  const lots: number[] = [];
  let leftToItselfMb = 0;
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    few.push((await many(50)).msPerApp);
    const result = await many(500);
    lots.push(result.msPerApp);
    leftToItselfMb = Math.max(leftToItselfMb, result.peakMb);
  }
  console.log(`  50: ${Math.min(...few).toFixed(1)} ms per app; 500: ${Math.min(...lots).toFixed(1)} ms per app`);
  compare("time per app, 500 against 50", Math.min(...lots) / Math.min(...few), "at most", 1.3);
  // Left to itself, V8 collects no garbage while the machine has memory to spare: that peak says little of the need.
  console.log(`  peak memory of the process with 500, the heap left to itself: ${leftToItselfMb.toFixed(2)} MB`);
  const { peakMb } = await many(500, `--max-old-space-size=${HEAP_MB}`);
  compare(`peak memory of the process with 500, in a heap of ${HEAP_MB} MB`, peakMb, "at most", 400, "MB");
}

main()
  .then(() => {
    process.exitCode = missed ? 1 : 0;
  })
  .finally(() => rmSync(outdir, { recursive: true, force: true }));
