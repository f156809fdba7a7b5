import { Command, InvalidArgumentError } from "commander";
import { visible } from "../review/format/visible-text";
import { ComputeEngine } from "../wait/compute-engine";
import { CannotAsk } from "../wait/errors";
import { Failed, judge, Live } from "../wait/judge";
import { LocalApp } from "../wait/local-app";
import { givenVm, Target, targetOf } from "../wait/target";
import { failingTwice, Late, Look, waitUntilLive } from "../wait/wait-until-live";
import { Surroundings } from "./surroundings";
import { PATH_HELP, STACK_OPTION, stackFile, stackName, stackOfFile } from "./stack-files";

const FAILED = 1;
/** As of coreutils' `timeout`. */
const LATE = 124;
const MOST_SECONDS = 86_400;

interface Options {
  readonly stack?: string;
  readonly app?: string;
  readonly zone?: string;
  readonly project?: string;
  readonly local?: string;
  readonly timeout: number;
  readonly interval: number;
}

/** The app is not live. What there is to say has been printed. */
export class NotLive extends Error {
  constructor(public readonly exitCode: number) {
    super("the app is not live");
  }
}

/** `wait`: whether what is deployed is live, once that is known. */
export function waitCommand(around: Surroundings): Command {
  return new Command("wait")
    .description("wait until what is deployed is live, or until it is known why it is not")
    .argument("[path]", PATH_HELP)
    .option(...STACK_OPTION)
    .option("--app <name>", "the app, where a stack has several; with --zone, no stack is read")
    .option("--zone <zone>", "the VM's zone")
    .option("--project <id>", "the VM's project; default: the stack's, or that of GOOGLE_CLOUD_PROJECT")
    .option("--local <name>", "a local app, on this computer's Docker; no stack is read")
    .option("--timeout <seconds>", "how long to wait", seconds, 600)
    .option("--interval <seconds>", "how often to ask Compute Engine", seconds, 2)
    .addHelpText(
      "after",
      [
        "",
        "Compute Engine is asked with the access token in GOOGLE_OAUTH_ACCESS_TOKEN, or with gcloud's.",
        "",
        `Exit codes: 0 live, ${FAILED} not live and why, 2 wrong use or no access, ${LATE} the time is over`,
      ].join("\n"),
    )
    .action((path: string | undefined, options: Options) => wait(path, options, around));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value === 0 || value > MOST_SECONDS) {
    throw new InvalidArgumentError(`Give a number of seconds above 0, at most ${MOST_SECONDS}.`);
  }
  return value;
}

async function wait(path: string | undefined, options: Options, around: Surroundings): Promise<void> {
  const target = chosen(path, options, around);
  const outcome = await waitUntilLive(lookAt(target, around), {
    timeoutSeconds: options.timeout,
    intervalSeconds: options.interval,
    progress: (after, what) => around.printError(`${after}s: ${visible(what)}\n`),
  });
  report(target.name, options.timeout, outcome, around);
}

function chosen(path: string | undefined, options: Options, { environment }: Surroundings): Target {
  const { local, stack, app, zone, project } = options;
  if (local !== undefined) {
    if ([path, stack, app, zone, project].some((other) => other !== undefined)) {
      throw new CannotAsk("--local names the app: give no stack, and none of --app, --zone and --project");
    }
    return { kind: "local", name: local };
  }
  if (app !== undefined && zone !== undefined && path === undefined && stack === undefined) {
    return givenVm({ app, zone, project }, environment);
  }
  const file = stackFile(path, stack);
  return targetOf(stackOfFile(file), stackName(file), { app, zone, project }, environment);
}

function lookAt(target: Target, { environment }: Surroundings): Look {
  if (target.kind === "local") {
    const app = new LocalApp(target.name, environment);
    return (attempt) => app.look(attempt);
  }
  const computeEngine = new ComputeEngine(environment);
  return failingTwice(async () => judge(await computeEngine.vm(target)));
}

function report(name: string, timeout: number, outcome: Live | Failed | Late, around: Surroundings): void {
  const answer = (text: string) => around.print(`${visible(`${name} is ${text}`)}\n`);
  if (outcome.kind === "live") {
    answer(outcome.what === undefined ? "live" : `live: ${outcome.what}`);
    if (outcome.note !== undefined) {
      around.printError(`but: ${visible(outcome.note)}\n`);
    }
    return;
  }
  answer(outcome.kind === "failed" ? `not live: ${outcome.reason}` : `not live after ${timeout}s: ${outcome.lastSeen}`);
  for (const line of outcome.log ?? []) {
    around.printError(`${visible(line)}\n`);
  }
  throw new NotLive(outcome.kind === "failed" ? FAILED : LATE);
}
