import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { packageFile } from "../package-file";
import { ReviewInputError } from "../review/read/stack";
import { visible } from "../review/format/visible-text";
import { CannotAsk } from "../wait/errors";
import { GateHit, reviewCommand } from "./review-command";
import { secretsCommand } from "./secrets-command";
import { Surroundings } from "./surroundings";
import { NotLive, waitCommand } from "./wait-command";

const FINE = 0;
const GATE_HIT = 1;
const WRONG_USE = 2;

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string };
  return version;
}

/** Runs the command that the arguments name, and returns the exit code. */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<number> {
  const program = new Command("gcs-backed-container-app")
    .version(packageVersion())
    .addCommand(reviewCommand(around))
    .addCommand(waitCommand(around))
    .addCommand(secretsCommand(around))
    .addHelpText(
      "after",
      "\nBeside it, the program verdict reports what a local app has done that a bucket does not support: verdict --help",
    );
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: around.print, writeErr: around.printError });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return FINE;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? FINE : WRONG_USE;
    }
    if (error instanceof NotLive) {
      return error.exitCode;
    }
    if (error instanceof GateHit || error instanceof ReviewInputError || error instanceof CannotAsk) {
      around.printError(`${visible(error.message)}\n`);
      return error instanceof GateHit ? GATE_HIT : WRONG_USE;
    }
    throw error;
  }
}
