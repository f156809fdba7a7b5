import { join } from "node:path";
import { FakeDocker } from "../support/fake-docker";
import { folderWith } from "../support/folder";

const ROOT = join(__dirname, "../..");

describe("where Terraform runs", () => {
  const script = join(ROOT, "lib/local/await-machine.cjs");
  const told = { MACHINE: "gallery-machine", TIMEOUT_SECONDS: "300" };

  test("the machine is asked, and what it says is passed on", () => {
    const docker = new FakeDocker({ "*": { stdout: "starting mounting\n", stderr: "a warning\n" } });
    expect(docker.run(process.execPath, [script], { ...told, DOCKER_HOST: "unix:///run/other.sock" })).toEqual({
      status: 0,
      stdout: "starting mounting\n",
      stderr: "a warning\n",
    });
    expect(docker.calls).toEqual(["--host unix:///run/other.sock exec gallery-machine wait-until-live 300"]);
  });

  test("it fails if the machine says that the app is not live", () => {
    const docker = new FakeDocker({ "*": { exitCode: 1 } });
    expect(docker.run(process.execPath, [script], told).status).toBe(1);
    expect(docker.calls[0]).toMatch(/^--host unix:\/\/\/var\/run\/docker\.sock exec /);
  });
});

describe("in the machine", () => {
  const docker = new FakeDocker({
    version: { stdout: "Client: 20.10" },
    "logs --tail 20 gallery-app": { stdout: "Listening\n", stderr: "Traceback\n" },
  });
  /** The script, where the app is in the given state; `meanwhile` are commands of a shell that run beside it. */
  const wait = (state: string | undefined, seconds: number, meanwhile = ":") => {
    const folder = folderWith(state === undefined ? {} : { "state/app": state });
    const script = 'PATH=$1:$PATH; { eval "$3"; } & bash "$1/wait-until-live" "$2"';
    const args = [join(ROOT, "container/local-machine"), String(seconds), meanwhile];
    const env = { RUN_FOLDER: folder, CONTAINER_PREFIX: "gallery-" };
    return docker.run("bash", ["-c", script, "-", ...args], env);
  };

  test("it returns at once where the app is live", () => {
    expect(wait("live ", 60)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("it returns once the app's sidecars are there, or have ended as they are to", () => {
    const folder = folderWith({
      "state/app": "live ",
      "state/sidecar-db": "starting its health check has not passed yet",
      "state/sidecar-job": "stopped sidecar job ended with exit code 0",
      "config/sidecar-db/image": "db:1",
      "config/sidecar-job/image": "job:1",
    });
    const meanwhile =
      'sleep 1; printf "live " >"$RUN_FOLDER/new" && mv "$RUN_FOLDER/new" "$RUN_FOLDER/state/sidecar-db"';
    const script = `PATH=$1:$PATH; { ${meanwhile}; } & bash "$1/wait-until-live" 60`;
    const env = { RUN_FOLDER: folder, CONTAINER_PREFIX: "gallery-" };
    expect(docker.run("bash", ["-c", script, "-", join(ROOT, "container/local-machine")], env)).toEqual({
      status: 0,
      stdout: "starting sidecar db: its health check has not passed yet\n",
      stderr: "",
    });
  });

  test("it tells each state once until the app is live", () => {
    const meanwhile = 'sleep 1; printf "live " >"$RUN_FOLDER/new" && mv "$RUN_FOLDER/new" "$RUN_FOLDER/state/app"';
    expect(wait("starting pulling app:1", 60, meanwhile)).toEqual({
      status: 0,
      stdout: "starting pulling app:1\n",
      stderr: "",
    });
  });

  test("it fails after its time, with the reason of the delay and the app's last words", () => {
    expect(wait("starting cannot mount: no such bucket", 2)).toMatchObject({
      status: 1,
      stdout: [
        "starting cannot mount: no such bucket",
        "The app is not live: after 2 seconds: cannot mount: no such bucket.",
        "app: Listening",
        "app: Traceback",
        "",
      ].join("\n"),
    });
  });

  test("it fails after its time also where the machine has not begun", () => {
    expect(wait(undefined, 1).stdout).toContain("The app is not live: after 1 seconds: the machine starts.\n");
  });

  test("it waits but a moment for a name that another program's container has", () => {
    const conflict =
      'cannot create the container: Conflict. The container name "/gallery-app" is already in use by container "0123". You have to remove (or rename) that container to be able to reuse that name.';
    expect(wait(`starting ${conflict}`, 60)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        `The app is not live: another program's container has a name that this app needs; rename it, or give this app another name: ${conflict}.\n`,
      ),
    });
  });

  test("it does not wait for a declaration that is not valid to become so", () => {
    expect(wait("starting the declaration is not valid: ports has another type than array", 60)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        "The app is not live: the declaration is not valid: ports has another type than array.\n",
      ),
    });
  });

  test("it does not wait for an app that has ended for good", () => {
    expect(wait("stopped the app ended with exit code 0", 60)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("The app is not live: the app ended with exit code 0.\n"),
    });
  });
});

describe("the version of the engine's API", () => {
  const chosen = (version: { stdout?: string; stderr?: string; exitCode?: number }) =>
    new FakeDocker({ version }).run("bash", [
      "-c",
      'source "$1"; choose_api_version; printf %s "${DOCKER_API_VERSION-}"',
      "-",
      join(ROOT, "container/local-machine/engine-api"),
    ]).stdout;

  test("is the least that a newer engine takes", () => {
    const stderr =
      "Error response from daemon: client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version\n";
    expect(chosen({ stderr, exitCode: 1 })).toBe("1.44");
  });

  test("is the client's own where the engine takes that", () => {
    expect(chosen({ stdout: "Server:\n  API version:  1.45 (minimum version 1.24)\n" })).toBe("");
  });
});
