/** The program that a container with secrets begins with, compiled as its image does. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { folderWith, textOf, write } from "../support/folder";

const FOLDER = join(__dirname, "../../container/gcsfuse");
const PROGRAM = join(folderWith(), "with-secrets");
const [, flags] = /^RUN gcc (.*) -o \/with-secrets \/with-secrets\.c$/m.exec(textOf(join(FOLDER, "Dockerfile")))!;

beforeAll(() => {
  const { status, stderr } = spawnSync("gcc", [...flags.split(" "), "-o", PROGRAM, join(FOLDER, "with-secrets.c")], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
});

const folder = folderWith();

/** What the command is given, with the file of these variables and an environment of its own. */
function start(variables: string | Buffer | undefined, command: string[], env: { [name: string]: string } = {}) {
  if (variables !== undefined) write(folder, "environment", variables);
  const file = join(folder, variables === undefined ? "not-there" : "environment");
  const { status, stdout, stderr } = spawnSync(PROGRAM, [file, ...command], {
    env: { PATH: "/usr/bin:/bin", ...env },
    maxBuffer: 2 ** 24,
  });
  return { status, stdout, stderr: stderr.toString() };
}

const environment = (variables: string | Buffer, env?: { [name: string]: string }) =>
  start(variables, ["cat", "/proc/self/environ"], env).stdout.toString("latin1");

test("the variables are added to those that there are, byte for byte, and nothing else", () => {
  const value = Buffer.from([...Array(255).keys()].map((byte) => byte + 1));
  const variables = Buffer.concat([Buffer.from("A.b-c= x\n\0DB="), value, Buffer.from("\0EMPTY=\0")]);
  expect(environment(variables, { OTHER: "y" })).toBe(
    `PATH=/usr/bin:/bin\0OTHER=y\0A.b-c= x\n\0DB=${value.toString("latin1")}\0EMPTY=\0`,
  );
});

test("a variable of the image's is replaced", () => {
  expect(environment("DB=new\0", { DB: "old" })).toBe("PATH=/usr/bin:/bin\0DB=new\0");
});

test("many of them, each as large as Secret Manager takes", () => {
  const variables = [...Array(16).keys()].map((index) => `V${index}=${"x".repeat(65536)}\0`).join("");
  expect(environment(variables)).toBe(`PATH=/usr/bin:/bin\0${variables}`);
});

test("it becomes the command: the same process, with the arguments as they are, found in the image's PATH", () => {
  const bin = folderWith();
  write(bin, "app", '#!/bin/sh\necho "$PPID"; printf "%s|" "$0" "$@"', 0o755);
  const { stdout } = start("A=1\0", ["app", "", "$HOME", "-x"], { PATH: `/nowhere:${bin}:/bin` });
  expect(stdout.toString()).toBe(`${process.pid}\n${bin}/app||$HOME|-x|`);
});

test("it passes on how the command ends", () => {
  expect(start("A=1\0", ["sh", "-c", "exit 7"]).status).toBe(7);
});

test.each<[string, string | undefined, string[], number, string]>([
  [
    "a command that is not there",
    "A=1\0",
    ["nothing-of-this-name"],
    127,
    "nothing-of-this-name: No such file or directory",
  ],
  ["a folder for a command", "A=1\0", ["/usr"], 126, "/usr: Permission denied"],
  ["no file", undefined, ["env"], 126, `${join(folder, "not-there")}: No such file or directory`],
])("%s is said, and no value with it", (_, variables, command, code, words) => {
  expect(start(variables, command)).toMatchObject({ status: code, stderr: `with-secrets: ${words}\n` });
});

test("it needs nothing of the image: no loader, no library", () => {
  const { stdout } = spawnSync("readelf", ["--program-headers", "--dynamic", PROGRAM], { encoding: "utf8" });
  expect(stdout).toMatch(/LOAD/);
  expect(stdout).not.toMatch(/INTERP|NEEDED/);
});
