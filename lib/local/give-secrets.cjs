// Run by Terraform's local-exec, and by the command `secrets`: gives the machine (MACHINE) the values of its secrets, from
// the environment or from a file (SECRETS_FILE). They are in no argument and in no output, and so in no state.
const { spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { basename, dirname, resolve } = require("node:path");
const { parseEnv } = require("node:util");

const { MACHINE: machine = "", SECRETS_FILE: file = "secrets.env" } = process.env;
const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";
/** Within which a machine that was started just now knows what it is to run. */
const ATTEMPTS = 60;

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

/**
 * @param {string[]} args
 * @param {string} input
 */
function inMachine(args, input = "") {
  return spawnSync("docker", ["--host", host, "exec", "--interactive", machine, "take-secrets", ...args], {
    encoding: "utf8",
    input,
  });
}

/** The full names of the secrets that the machine needs. */
function namesOfSecrets() {
  for (let attempt = 1; ; attempt++) {
    const { status, stdout, stderr, error } = inMachine(["--names"]);
    if (status === 0) {
      return stdout.split("\0").slice(0, -1);
    }
    if (error || attempt === ATTEMPTS) {
      refuse(`The machine ${machine} does not say which secrets it needs: ${(error ? error.message : stderr).trim()}.`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

/** @returns {{ [variable: string]: string | undefined }} */
function valuesInFile() {
  if (!existsSync(file)) {
    return {};
  }
  // Exit code 1: it is not ignored. Without git, or outside of its repositories, nobody commits it.
  const { status } = spawnSync("git", ["check-ignore", "--quiet", basename(file)], { cwd: dirname(resolve(file)) });
  if (status === 1) {
    refuse(`${basename(file)} has secrets and is not ignored by git: add it to .gitignore.`);
  }
  return parseEnv(readFileSync(file, "utf8"));
}

/**
 * The variable that has a secret's value: `DB_PASSWORD` for `db-password`.
 *
 * @param {string} name
 */
function variableOf(name) {
  return (name.split("/").pop() ?? "").replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/**
 * Of who deploys, without what this program itself is told.
 *
 * @param {string} variable
 */
function valueInEnvironment(variable) {
  return ["MACHINE", "SECRETS_FILE", "RESTART"].includes(variable) ? undefined : process.env[variable];
}

/** @param {readonly string[]} names */
function refuseSameVariables(names) {
  const variables = names.map(variableOf);
  const again = names.findIndex((name, index) => variables.indexOf(variableOf(name)) < index);
  if (again >= 0) {
    const first = names[variables.indexOf(variables[again])];
    refuse(`The secrets ${first} and ${names[again]} have the same variable, ${variables[again]}: rename one of them.`);
  }
}

const names = namesOfSecrets();
refuseSameVariables(names);
const inFile = valuesInFile();
const values = names.map(variableOf).map((variable) => valueInEnvironment(variable) ?? inFile[variable]);
const missing = names.filter((_, index) => values[index] === undefined).map(variableOf);
if (missing.length > 0) {
  refuse(
    `These secrets have no value: ${missing.join(", ")}. Set the environment ${missing.length > 1 ? "variables" : "variable"}, or write NAME=VALUE into ${file}, which git must ignore.`,
  );
}
const { status, stderr } = inMachine([], names.map((name, index) => `${name}=${values[index]}\0`).join(""));
if (status !== 0) {
  refuse(`The machine ${machine} did not take the secrets: ${stderr.trim()}.`);
}
if (process.env.RESTART === "true") {
  const restart = spawnSync("docker", ["--host", host, "kill", "--signal", "USR1", machine], { encoding: "utf8" });
  if (restart.status !== 0) {
    refuse(`The machine ${machine} cannot be told to start its containers anew: ${restart.stderr.trim()}.`);
  }
}
