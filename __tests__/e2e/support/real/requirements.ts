import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";

/** What is asked of a machine; another one in the tests of this. */
export interface Host {
  readonly platform: string;
  readonly isRoot: boolean;
  readonly isDebian: boolean;
  hasProgram(name: string): boolean;
  hasPackage(name: string): boolean;
}

export interface DebianPackage {
  readonly name: string;
  /** If there is one of this name, it does not matter where it is from. */
  readonly program?: string;
}

const LIST = join(__dirname, "../../../../.ci/packages");
const PROGRAMS = ["node", "npm", "go", "terraform"];

/** Those that .ci/run installs. */
export function ciPackages(list = readFileSync(LIST, "utf8")): DebianPackage[] {
  return list
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/))
    .map(([name, program]) => ({ name, program }));
}

/** What to do before tests of the whole machine can run here; empty where they can. */
export function missingHere(host: Host, packages: readonly DebianPackage[] = ciPackages()): string[] {
  if (host.platform !== "linux") return [`run them on Linux: this is ${host.platform}`];
  const missing = packages
    .filter(({ name, program }) => !(program && host.hasProgram(program)) && !(host.isDebian && host.hasPackage(name)))
    .map(({ name }) => name);
  const programs = PROGRAMS.filter((name) => !host.hasProgram(name));
  return [
    ...(host.isRoot ? [] : ["run them as root: they mount, and make networks and machines"]),
    ...(programs.length > 0 ? [`put on PATH: ${programs.join(" ")}`] : []),
    ...(missing.length > 0 && !host.isDebian ? ["run them on Debian or a system with its packages"] : []),
    ...(missing.length > 0 ? [`apt-get install --no-install-recommends ${missing.join(" ")}`] : []),
  ];
}

/** Throws at once what is missing here; `more` are packages beside those of .ci/run. */
export function requireHere(...more: DebianPackage[]): void {
  const missing = missingHere(thisHost(), [...ciPackages(), ...more]);
  if (missing.length === 0) return;
  throw new Error(`these tests cannot run here before this is done:\n${missing.map((line) => `  ${line}\n`).join("")}`);
}

function thisHost(): Host {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isDebian: spawnSync("dpkg-query", ["--version"]).status === 0,
    hasProgram: (name) => folders.some((folder) => isExecutable(join(folder, name))),
    hasPackage: (name) =>
      spawnSync("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name]).stdout.toString() === "installed",
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
