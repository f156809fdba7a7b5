import { Command } from "commander";
import { spawnSync } from "node:child_process";
import { packageFile } from "../package-file";
import { CannotAsk } from "../wait/errors";
import { Surroundings } from "./surroundings";

/** `secrets`: gives a local app the values of its secrets, which are in no file of Docker's and so gone after a reboot. */
export function secretsCommand(around: Surroundings): Command {
  return new Command("secrets")
    .description("give a local app the values of its secrets anew, after a restart or to change one, and restart it")
    .argument("<name>", "the local app's name")
    .option("--file <path>", "a file of lines NAME=VALUE that git ignores, beside the environment", "secrets.env")
    .addHelpText(
      "after",
      [
        "",
        "A secret's value is in the variable of its name: DB_PASSWORD for db-password. The environment comes before the file.",
        "",
        "Exit codes: 0 given, 2 wrong use, or what is missing",
      ].join("\n"),
    )
    .action((name: string, { file }: { file: string }) => giveSecrets(name, file, around));
}

function giveSecrets(name: string, file: string, { environment, print }: Surroundings): void {
  const { status, stderr, error } = spawnSync(process.execPath, [packageFile("lib/local/give-secrets.cjs")], {
    env: { ...environment, MACHINE: `${name}-machine`, SECRETS_FILE: file, RESTART: "true" },
    encoding: "utf8",
  });
  if (status !== 0) {
    throw new CannotAsk(error?.message ?? stderr.trim());
  }
  print(`${name} has its secrets, and starts with them\n`);
}
