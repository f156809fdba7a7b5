import { join } from "node:path";
import { FakeDocker, run } from "../support/fake-docker";
import { folderWith } from "../support/folder";

const SCRIPT = join(__dirname, "../../lib/local/check-docker.cjs");
const SYNTH = 'without it, "npx cdktf synth" still shows what would be created';
const ENGINE = {
  ServerVersion: "26.1.5",
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  SecurityOptions: ["name=seccomp,profile=builtin", "name=cgroupns"],
};

function check(info: object | string, { exitCode = 0, stderr = "", env = {} } = {}) {
  const stdout = typeof info === "string" ? info : JSON.stringify(info);
  const docker = new FakeDocker({ "--host * info *": { stdout, stderr, exitCode } });
  return { ...docker.run(process.execPath, [SCRIPT], env), calls: docker.calls };
}

test("an engine on Linux that runs as root is fine, and nothing is said", () => {
  const { calls, ...ended } = check(ENGINE);
  expect(ended).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(calls).toEqual(["--host unix:///var/run/docker.sock info --format {{json .}}"]);
});

describe("volumes that the app's are to be named as", () => {
  const checkVolumes = (labels: { [volume: string]: string | undefined }) => {
    const answers = Object.entries(labels).map(([volume, label]) => [
      `* volume inspect --format * ${volume}`,
      label === undefined ? { stderr: "Error: no such volume", exitCode: 1 } : { stdout: `${label}\n` },
    ]);
    const docker = new FakeDocker({ "* info *": { stdout: JSON.stringify(ENGINE) }, ...Object.fromEntries(answers) });
    const ended = docker.run(process.execPath, [SCRIPT], { APP: "gallery", VOLUMES: "gallery-files gallery-mounts" });
    return { ...ended, calls: docker.calls };
  };

  test.each([
    ["are not there", undefined, undefined],
    ["are the app's own", "gallery", "gallery"],
    ["are there in part", "gallery", undefined],
  ])("%s", (_, files, mounts) => {
    const { calls, ...ended } = checkVolumes({ "gallery-files": files, "gallery-mounts": mounts });
    expect(ended).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(calls[1]).toBe(
      '--host unix:///var/run/docker.sock volume inspect --format {{index .Labels "gcs-backed-container-app"}} gallery-files',
    );
    expect(calls).toHaveLength(3);
  });

  test.each([
    ["gallery-files", { "gallery-files": "", "gallery-mounts": "gallery" }],
    ["gallery-files", { "gallery-files": "shop", "gallery-mounts": undefined }],
    ["gallery-mounts", { "gallery-files": undefined, "gallery-mounts": "" }],
  ])("%s is somebody else's: it is neither used nor removed", (volume, labels) => {
    expect(checkVolumes(labels)).toMatchObject({
      status: 1,
      stderr: `There is a Docker volume ${volume} already which is not this app's (its label gcs-backed-container-app is not "gallery"): give the app another name, or remove the volume if nobody needs what is in it (docker volume rm ${volume}).\n`,
    });
  });
});

test("the volume of the files is created with the app's label", () => {
  const docker = new FakeDocker({ "--host unix:///run/other.sock volume create *": { stdout: "gallery-files\n" } });
  const script = join(SCRIPT, "../create-volume.cjs");
  const env = { DOCKER_HOST: "unix:///run/other.sock", APP: "gallery", VOLUME: "gallery-files" };
  expect(docker.run(process.execPath, [script], env)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(docker.calls).toEqual([
    "--host unix:///run/other.sock volume create --label gcs-backed-container-app=gallery gallery-files",
  ]);
});

test("the engine that is asked is the one that the docker provider will ask", () => {
  const { calls } = check(ENGINE, { env: { DOCKER_HOST: "unix:///run/other.sock" } });
  expect(calls).toEqual(["--host unix:///run/other.sock info --format {{json .}}"]);
});

test("no docker", () => {
  const ended = run(process.execPath, [SCRIPT], { PATH: folderWith() });
  expect(ended).toEqual({
    status: 1,
    stdout: "",
    stderr: `There is no Docker on this computer: install Docker Engine (https://docs.docker.com/engine/install); ${SYNTH}.\n`,
  });
});

test.each([
  [
    "which docker tells in its answer",
    { ServerVersion: "", ServerErrors: ["Cannot connect to the Docker daemon. Is it running?"] },
    { exitCode: 1, stderr: "errors pretty printing info" },
    "Cannot connect to the Docker daemon. Is it running?",
  ],
  [
    "which docker tells beside its answer",
    "",
    { exitCode: 1, stderr: "permission denied: /var/run/docker.sock\nSee docker --help\n" },
    "permission denied: /var/run/docker.sock",
  ],
  ["which docker tells nobody but by the answer's lack", { ServerVersion: "" }, { stderr: "no server" }, "no server"],
])("an engine that does not answer, %s", (_, info, options, reason) => {
  expect(check(info, options)).toMatchObject({
    status: 1,
    stderr: `Docker does not answer at unix:///var/run/docker.sock: start it, or set DOCKER_HOST to where it is; ${SYNTH} (${reason}).\n`,
  });
});

test("Docker Desktop", () => {
  const { status, stderr } = check({ ...ENGINE, OperatingSystem: "Docker Desktop" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Docker Desktop is not supported, since .*: use Docker Engine on Linux, .*\.\n$/);
  expect(stderr).toContain(SYNTH);
});

test.each(["name=rootless", "name=userns"])("an engine with %s", (option) => {
  const { status, stderr } = check({ ...ENGINE, SecurityOptions: [...ENGINE.SecurityOptions, option] });
  expect(status).toBe(1);
  expect(stderr).toBe(
    `Docker runs rootless or with remapped users here, where containers may not mount: use a Docker Engine that runs as root; ${SYNTH}.\n`,
  );
});
