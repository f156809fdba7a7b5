/** The command: which files it reads, what it prints where, and its exit codes. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runProgram } from "../../lib/cli/program";
import { cloudJson, CloudStack, StackJson } from "../support/review";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "review-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const OPEN: CloudStack = {
  edit: ({ resource }: StackJson) =>
    (resource.google_compute_firewall.ssh = {
      network: "default",
      source_ranges: ["0.0.0.0/0"],
      allow: [{ protocol: "tcp", ports: ["22"] }],
    }),
};
const DELETING: CloudStack = { props: { bucketOptions: { deleteDataOnDestroy: true } } };

function put(name: string, content: CloudStack | string = {}): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(cloudJson(content)));
  return file;
}

/** A cdktf output folder with these stacks. */
function outputFolder(name: string, ...stacks: string[]): string {
  stacks.forEach((stack) => put(`${name}/stacks/${stack}/cdk.tf.json`));
  return join(folder, name);
}

const run = (args: readonly string[], input = "") => runAll(["review", ...args], input);

async function runAll(args: readonly string[], input = "") {
  let [out, err] = ["", ""];
  const code = await runProgram(args, {
    print: (text) => void (out += text),
    printError: (text) => void (err += text),
    readInput: async () => input,
    environment: {},
    color: false,
    width: 100,
  });
  return { code, out, err };
}

test("the warnings of the synthesis are on the page, which else only cdktf synth prints", async () => {
  const [before, after] = [outputFolder("before", "cloud"), outputFolder("after", "cloud", "other")];
  const annotation = (level: string, message: string) => ({ constructPath: "cloud/gallery", level, message });
  const annotations = [annotation("@cdktf/warn", "a is b"), annotation("@cdktf/info", "c is d")];
  const stacks = { cloud: { annotations }, other: { annotations: [annotation("@cdktf/warn", "e is f")] } };
  put("after/manifest.json", JSON.stringify({ stacks }));
  const { out } = await run([after, "--stack", "cloud"]);
  expect(out).toMatch(/Warnings of the synthesis\n[^\n]*\n+[^\n]*cloud\/gallery: a is b\n/);
  expect(out).not.toMatch(/c is d|e is f/);
  expect((await run([before, after, "--stack", "cloud"])).out).toContain("cloud/gallery: a is b");
  put(
    "after/manifest.json",
    JSON.stringify({ stacks: { cloud: { annotations: [{ ...annotations[0], constructPath: { toString: 1 } }] } } }),
  );
  expect((await run([after, "--stack", "cloud"])).out).toContain("cloud: a is b");
  for (const manifest of ["{", '{"stacks":{"cloud":{"annotations":1}}}', "[]"]) {
    put("after/manifest.json", manifest);
    expect(await run([after, "--stack", "cloud"])).toMatchObject({ code: 0, err: "" });
    expect((await run([after, "--stack", "cloud"])).out).not.toContain("Warnings");
  }
});

test("a file, its folder, an output folder with one stack, and one of several", async () => {
  const file = put("a/cdk.tf.json");
  const outputs = [outputFolder("one", "cloud"), outputFolder("two", "cloud", "local")];
  for (const args of [[file], [dirname(file)], [outputs[0]], [outputs[1], "--stack", "cloud"]]) {
    expect(await run(args)).toMatchObject({ code: 0, err: "", out: expect.stringContaining("App gallery") });
  }
});

test("Markdown, and a picture in a file", async () => {
  const [file, picture] = [put("a/cdk.tf.json"), join(folder, "a.svg")];
  const { out, code } = await run([file, "--format", "markdown", "--svg", picture]);
  expect(code).toBe(0);
  expect(out).toMatch(/^# Review of `a`\n/);
  expect(readFileSync(picture, "utf8")).toContain("</svg>");
});

test("two stacks", async () => {
  const { out, code } = await run([put("a/cdk.tf.json"), put("b/cdk.tf.json", OPEN)]);
  expect(code).toBe(0);
  expect(out).toContain("SSH is open to anybody on the internet");
});

test("against a revision of git", async () => {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: folder,
      stdio: "pipe",
    });
  const file = put("out/stacks/cloud/cdk.tf.json");
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "a");
  put("out/stacks/cloud/cdk.tf.json", DELETING);
  expect((await run([join(folder, "out"), "--against", "HEAD"])).out).toContain("Data could be lost");
  expect(await run([file, "--against", "elsewhere"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("elsewhere"),
  });
  expect(await run([put("new/cdk.tf.json"), "--against", "HEAD"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("commit the synthesized stack, or give two synthesized stacks"),
  });
  put("broken/cdk.tf.json", "{");
  git("add", ".");
  git("commit", "--quiet", "-m", "b");
  const broken = put("broken/cdk.tf.json");
  expect(await run([broken, "--against", "HEAD"])).toMatchObject({ code: 2, err: expect.stringContaining("not JSON") });
});

test.each(["--output=/tmp/x", "a:b", "a b", ""])("revision %j is refused before git sees it", async (revision) => {
  const { code, err } = await run([put("a/cdk.tf.json"), `--against=${revision}`]);
  expect(code).toBe(2);
  expect(err).toBe(`revision "${revision}" is not valid: use a name such as "HEAD", "main" or a commit's hash\n`);
});

test("a plan, from a file and from standard input", async () => {
  const plan = join(__dirname, "../review/plans/opened.json");
  for (const [args, input] of [
    [["--plan", plan], ""],
    [["--plan", "-"], readFileSync(plan, "utf8")],
  ] as const) {
    const { code, out } = await run([...args, "--fail-on", "data-loss"], input);
    expect([code, out.includes("SSH is open to anybody on the internet")]).toEqual([1, true]);
  }
});

const CHANGES: { [gate: string]: CloudStack } = {
  "data-loss": DELETING,
  exposure: OPEN,
  address: {
    edit: ({ resource }) => (Object.values<StackJson>(resource.google_compute_address)[0].region = "us-west1"),
  },
  replace: { props: { machine: { bootDiskSizeGb: 30 } } },
  reboot: {
    edit: ({ resource }) =>
      (Object.values<StackJson>(resource.google_compute_instance)[0].metadata["user-data"] =
        '${file("assets/x/2/user-data")}'),
  },
  stop: { props: { machine: { machineType: "e2-medium" } } },
  restart: { declared: { environment: { LEVEL: "debug" } } },
  change: { props: { labels: { team: "a" } } },
  none: {},
};
const HITS: { [change: string]: string[] } = {
  "data-loss": ["data-loss", "change"],
  exposure: ["exposure", "change"],
  address: ["address", "change"],
  replace: ["replace", "reboot", "restart", "change"],
  reboot: ["reboot", "restart", "change"],
  stop: ["reboot", "restart", "change"],
  restart: ["restart", "change"],
  change: ["change"],
  none: [],
};
const GATES = ["data-loss", "exposure", "address", "replace", "reboot", "restart", "change"];

test.each(Object.keys(CHANGES))("the gates that a change hits: %s", async (name) => {
  const [before, after] = [put("a/cdk.tf.json"), put("b/cdk.tf.json", CHANGES[name])];
  for (const gate of GATES) {
    const { code, err } = await run([before, after, "--fail-on", gate]);
    expect([gate, code]).toEqual([gate, HITS[name].includes(gate) ? 1 : 0]);
    expect(err.startsWith(`failed: gate ${gate} was hit: `)).toBe(code === 1);
  }
});

test("several gates: each that is hit is named", async () => {
  const { code, err, out } = await run([put("a.json"), put("b.json", OPEN), "--fail-on", "data-loss, exposure"]);
  expect([code, err]).toEqual([
    1,
    "failed: gate exposure was hit: somebody can reach or do what nobody could before\n",
  ]);
  expect(out).toContain("New exposure");
});

test.each<[string, (file: string) => string[], RegExp]>([
  ["an option that is none", (file) => [file, "--bogus"], /unknown option '--bogus'/],
  ["three stacks", (file) => [file, file, file], /too many arguments/],
  ["a path that is not there", () => ["/nowhere/at-all"], /^"\/nowhere\/at-all" does not exist: synthesize first/],
  [
    "a format that is none",
    (file) => [file, "--format", "pdf"],
    /^format "pdf" is not valid: use "text" or "markdown"/,
  ],
  [
    "a gate that is none",
    (file) => [file, file, "--fail-on", "x"],
    /^--fail-on "x" is not valid: use some of data-loss,/,
  ],
  ["a gate without a change", (file) => [file, "--fail-on", "exposure"], /^--fail-on judges a change/],
  ["a plan and a stack", (file) => [file, "--plan", file], /^give either two stacks/],
  ["two stacks and a revision", (file) => [file, file, "--against", "HEAD"], /^give either two stacks/],
  ["a stack as a plan", (file) => ["--plan", file], /is not a plan: give what "terraform show -json PLAN" prints/],
  [
    "a picture that cannot be written",
    (file) => [file, "--svg", "/nowhere/x.svg"],
    /^"\/nowhere\/x\.svg" cannot be written/,
  ],
  ["a file that cannot be read", () => ["--plan", "/"], /^"\/" cannot be read/],
])("wrong use: %s", async (_, args, message) => {
  const { code, err, out } = await run(args(put("a/cdk.tf.json")));
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(message);
});

test.each<[string, string, RegExp]>([
  ["no JSON", "{", /is not JSON/],
  ["a list", "[]", /is not a JSON object/],
  ["something else", '{"a":1}', /is not a synthesized stack: give a cdk\.tf\.json/],
  ["a plan", '{"resource_changes":[]}', /is a plan: give it with --plan/],
  ["resources that are no objects", '{"resource":{"a":1}}', /its resources are not objects/],
  ["a resource that is none", '{"resource":{"a":{"b":[]}}}', /a\.b is not an object/],
])("a stack that is %s", async (_, content, message) => {
  const { code, err } = await run([put("a/cdk.tf.json", content)]);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});

test("an output folder with several stacks, with none, or without the one that is named", async () => {
  const two = outputFolder("two", "cloud", "local");
  expect((await run([two])).err).toMatch(/has several stacks: choose one of "cloud", "local" with --stack$/m);
  expect((await run([two, "--stack", "../x"])).err).toMatch(/has no stack "\.\.\/x": choose one of/);
  expect((await run([folder])).err).toMatch(/has no synthesized stack: give the folder/);
});

test("the program's help names the program beside it", async () => {
  const { code, out } = await runAll(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("verdict --help");
});

test("help says what the gates and the exit codes are", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  for (const gate of GATES) {
    expect(out).toContain(`  ${gate.padEnd(10)} `);
  }
  expect(out).toContain("Exit codes: 0 fine, 1 a gate was hit, 2 wrong use");
});

test("the program itself: its exit code, and no colours where it is not a terminal", () => {
  const program = ["-r", "sucrase/register/ts", join(__dirname, "../../lib/cli/main.ts"), "review"];
  const options = { encoding: "utf8", stdio: "pipe", cwd: join(__dirname, "../..") } as const;
  const out = execFileSync(process.execPath, [...program, put("a/cdk.tf.json")], options);
  expect(out).toContain("App gallery");
  expect(out).not.toContain("\u001b");
  expect(() => execFileSync(process.execPath, [...program, "/nowhere"], options)).toThrow(
    expect.objectContaining({ status: 2 }),
  );
});

test("who reads it may leave early: the exit code stays, and nothing is said of it", () => {
  const lines = 'set -o pipefail; node -r sucrase/register/ts lib/cli/main.ts review "$0" "$@" | (exec <&-; sleep 2)';
  const left = (...args: string[]) =>
    spawnSync("bash", ["-c", lines, ...args], { encoding: "utf8", cwd: join(__dirname, "../..") });
  expect(left(put("a.json"))).toMatchObject({ status: 0, stderr: "" });
  expect(left(put("a.json"), put("b.json", OPEN), "--fail-on", "exposure")).toMatchObject({ status: 1 });
});

test("--version is that of the package", async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));
  expect(await runAll(["--version"])).toMatchObject({ code: 0, out: `${version}\n` });
});
