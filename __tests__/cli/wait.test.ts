/** The command: what it asks, what it prints where, and its exit codes. Simulated: Compute Engine's two calls, and docker. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../lib/cli/program";
import { hashOf } from "../../lib/wait/status";
import { FakeComputeEngine, googleError, PROJECT, ZONE } from "../support/fake-compute-engine";
import { FakePrograms } from "../support/fake-programs";
import { folderWith } from "../support/folder";
import { synthesizeLocalApp } from "../support/local";
import { cloudJson } from "../support/review";

const DIRECT = ["--app", "gallery", "--zone", ZONE, "--project", PROJECT];
const OLD = { declaration: hashOf('{"image":"app:1"}'), userData: hashOf("#cloud-config\n") };
const NEW = { declaration: hashOf('{"image":"app:2"}'), userData: OLD.userData };
const [oldHash, newHash] = [OLD, NEW].map(({ declaration }) => declaration.slice(0, 12));
const LIVE = { running: NEW, wanted: NEW, app: { state: "live", message: "" }, update: { state: "none", message: "" } };
const failing = (message: string) => JSON.stringify({ ...LIVE, running: OLD, update: { state: "failed", message } });

let google: FakeComputeEngine;
beforeEach(async () => {
  google = new FakeComputeEngine();
  google.metadata = { "user-data": "#cloud-config\n", "gcs-backed-container-app": '{"image":"app:2"}' };
  await google.listen();
});
afterEach(() => google.close());

async function run(args: readonly string[], environment: { [name: string]: string | undefined } = {}) {
  let [out, err] = ["", ""];
  const code = await runProgram(["wait", ...args], {
    print: (text) => void (out += text),
    printError: (text) => void (err += text),
    readInput: async () => "",
    environment: {
      GOOGLE_OAUTH_ACCESS_TOKEN: "token-1",
      GOOGLE_COMPUTE_CUSTOM_ENDPOINT: google.endpoint,
      ...environment,
    },
    color: false,
    width: 100,
  });
  return { code, out, err: err.replace(/^\d+s: /gm, "") };
}

/** A cdktf output folder with these stacks. */
function outputFolder(stacks: { [name: string]: object }): string {
  const folder = folderWith();
  for (const [name, stack] of Object.entries(stacks)) {
    mkdirSync(join(folder, "stacks", name), { recursive: true });
    writeFileSync(join(folder, "stacks", name, "cdk.tf.json"), JSON.stringify(stack));
  }
  return folder;
}

test("the life of an update: progress where something changes, then the answer", async () => {
  const seen = [
    { ...LIVE, running: OLD, wanted: OLD },
    { ...LIVE, running: OLD, update: { state: "pulling", message: "app:2" } },
    { ...LIVE, running: OLD, update: { state: "pulling", message: "app:2" } },
    {
      ...LIVE,
      app: { state: "starting", message: "the container starts" },
      update: { state: "starting", message: "" },
    },
    LIVE,
  ];
  google.onLook = (looks) => {
    google.status = looks === 0 ? undefined : JSON.stringify(seen[Math.min(looks, seen.length) - 1]);
    if (looks === 3) google.next.push(undefined, googleError(503, "Backend error"));
  };
  expect(await run([...DIRECT, "--interval", "0.01"])).toEqual({
    code: 0,
    out: `gallery is live: declaration ${newHash}, user-data ${NEW.userData.slice(0, 12)}\n`,
    err: [
      "the VM has not reported its state yet",
      `the VM has not seen declaration ${newHash} yet (declaration ${oldHash} is live)`,
      `the update is pulling: app:2 (declaration ${oldHash} is live)`,
      "Compute Engine does not answer: HTTP 503: Backend error",
      "the new version is starting: the container starts; it has to stay up for some seconds",
      "",
    ].join("\n"),
  });
});

test("docs/deploying.md shows what an update prints", async () => {
  const image = "us-east1-docker.pkg.dev/test-project/gallery/app:6d1b0c4f7e2a9d35";
  const seen = [
    { ...LIVE, running: OLD, wanted: OLD },
    { ...LIVE, running: OLD, update: { state: "pulling", message: image } },
    {
      ...LIVE,
      app: { state: "starting", message: "the container starts" },
      update: { state: "starting", message: "" },
    },
    { ...LIVE, update: { state: "starting", message: "" } },
    LIVE,
  ];
  google.onLook = (looks) => void (google.status = JSON.stringify(seen[looks]));
  const { out, err } = await run([...DIRECT, "--interval", "0.01"]);
  const document = readFileSync(join(__dirname, "../../docs/deploying.md"), "utf8");
  const [, shown] = /^\$ npx gcs-backed-container-app wait --stack cloud\n([^]*?)^```/m.exec(document)!;
  const comparable = (text: string) => text.replace(/^\d+s: /gm, "").replace(/\b[0-9a-f]{12}\b/g, "HASH");
  expect(comparable(shown)).toBe(comparable(err + out));
});

test("what the VM refuses ends it at once, with the VM's own reason", async () => {
  google.status = failing("cannot pull app:2: manifest unknown");
  const reason = `cannot pull app:2: manifest unknown (declaration ${oldHash} is live)`;
  const begin = Date.now();
  expect(await run([...DIRECT, "--interval", "0.01"])).toEqual({
    code: 1,
    out: `gallery is not live: ${reason}\n`,
    err: `${reason}\n`,
  });
  expect(Date.now() - begin).toBeLessThan(10_000);
});

test("the deadline ends it, with what was seen last", async () => {
  google.lifecycle = "TERMINATED";
  expect(await run([...DIRECT, "--timeout", "0.1", "--interval", "0.02"])).toEqual({
    code: 124,
    out: "gallery is not live after 0.1s: the VM is TERMINATED\n",
    err: "the VM is TERMINATED\n",
  });
});

test("live, but the next boot would run another version", async () => {
  google.status = JSON.stringify({ ...LIVE, update: { state: "failed", message: "no space" } });
  expect(await run(DIRECT)).toMatchObject({ code: 0, err: "but: no space\n" });
});

test("what a VM reports cannot act on the terminal", async () => {
  google.status = failing("\u001b[2Jcannot\nlive");
  const { out, err } = await run([...DIRECT, "--interval", "0.01"]);
  expect(out).toContain("\\u{1b}[2Jcannot\\nlive");
  expect(err).toContain("\\u{1b}[2Jcannot\\nlive");
});

test("no access: the exit code of wrong use, and what to do", async () => {
  google.next.push(googleError(403, "Required 'compute.instances.get' permission"));
  expect(await run(DIRECT)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("roles/compute.viewer") });
  const nowhere = { GOOGLE_OAUTH_ACCESS_TOKEN: undefined, PATH: folderWith() };
  expect(await run(DIRECT, nowhere)).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("there is no gcloud on PATH, and GOOGLE_OAUTH_ACCESS_TOKEN is not set"),
  });
});

test("the VM of a synthesized stack", async () => {
  google.status = JSON.stringify(LIVE);
  const one = outputFolder({ cloud: cloudJson() });
  const two = outputFolder({ cloud: cloudJson(), local: synthesizeLocalApp() });
  for (const args of [[one], [join(one, "stacks/cloud")], [two, "--stack", "cloud"]]) {
    expect(await run(args)).toMatchObject({ code: 0, out: expect.stringMatching(/^gallery is live: /) });
  }
  expect(google.requests[0]).toContain(`/projects/${PROJECT}/zones/${ZONE}/instances/gallery `);
  expect(await run([two])).toMatchObject({ code: 2, err: expect.stringContaining("with --stack") });
});

test("a local app, by its name or of a stack", async () => {
  const docker = new FakePrograms({ docker: '[[ $3 != inspect ]] || echo "true gallery"' });
  const environment = { PATH: `${join(docker.folder, "bin")}:${process.env.PATH}` };
  const stacks = outputFolder({ cloud: cloudJson(), local: synthesizeLocalApp() });
  for (const args of [
    ["--local", "gallery"],
    [stacks, "--stack", "local", "--timeout", "30"],
  ]) {
    expect(await run(args, environment)).toEqual({ code: 0, out: "gallery is live\n", err: "" });
  }
  expect(docker.calls.filter((call) => call.includes(" exec ")).map((call) => call.replace(/^.* exec /, ""))).toEqual([
    "gallery-machine wait-until-live 600",
    "gallery-machine wait-until-live 30",
  ]);
  expect(google.requests).toEqual([]);
});

test("a local app that has ended: its log is printed as well", async () => {
  const script = `
    [[ $3 != inspect ]] || { echo "true gallery"; exit; }
    printf '%s\\n' 'stopped it ended' 'The app is not live: it ended.' 'app: Traceback'; exit 1`;
  const docker = new FakePrograms({ docker: script });
  const environment = { PATH: `${join(docker.folder, "bin")}:${process.env.PATH}` };
  expect(await run(["--local", "gallery"], environment)).toEqual({
    code: 1,
    out: "gallery is not live: it ended\n",
    err: "app: Traceback\n",
  });
});

describe("wrong use", () => {
  test.each<[string[], string]>([
    [["--app", "gallery"], '"cdktf.out" does not exist'],
    [["nowhere"], '"nowhere" does not exist'],
    [["--app", "gallery", "--zone", ZONE], "--project is missing"],
    [["--local", "gallery", "--zone", ZONE], "--local names the app"],
    [["nowhere", "--local", "gallery"], "--local names the app"],
    [["--timeout", "soon"], "Give a number of seconds above 0, at most 86400."],
    [["--timeout", "0"], "Give a number of seconds above 0"],
    [["--timeout", "86401"], "Give a number of seconds above 0"],
    [["--interval", "-1"], "Give a number of seconds above 0"],
    [["--interval", "1e1"], "Give a number of seconds above 0"],
    [["--quick"], "unknown option"],
  ])("%j", async (args, message) => {
    const folder = process.cwd();
    process.chdir(folderWith());
    try {
      expect(await run(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
    } finally {
      process.chdir(folder);
    }
    expect(google.requests).toEqual([]);
  });
});

test("what is not valid is refused before credentials are asked for", async () => {
  const args = ["--app", "gallery", "--zone", "us-east1", "--project", PROJECT];
  expect(await run(args, { GOOGLE_OAUTH_ACCESS_TOKEN: undefined, PATH: "" })).toEqual({
    code: 2,
    out: "",
    err: '--zone "us-east1" is not valid: use the name of a zone such as "us-east1-b"\n',
  });
});

test("the help has the exit codes", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("Exit codes: 0 live, 1 not live and why, 2 wrong use or no access, 124 the time is over");
});
