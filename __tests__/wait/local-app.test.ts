/** The docker client is a stand-in that runs the machine's real wait-until-live here. */
import { join } from "node:path";
import { CannotAsk, NoAnswer } from "../../lib/wait/errors";
import { LocalApp } from "../../lib/wait/local-app";
import { FakePrograms } from "../support/fake-programs";

const MACHINE = join(__dirname, "../../container/local-machine");

const SCRIPT = `
  [[ $1 != --host ]] || shift 2
  case "$*" in
    version) echo 'Client: 20.10' ;;
    "logs --tail 20 gallery-app") echo Listening; echo Traceback >&2 ;;
    "inspect --type=container "*" gallery-machine") cat "$state/machine" || exit ;;
    "inspect --type=container "*) echo "Error: No such container: \${*: -1}" >&2; exit 1 ;;
    "exec gallery-machine wait-until-live "*)
      [[ ! -e $state/ends ]] || { cat "$state/ends" >&2; exit 137; }
      export RUN_FOLDER=$state CONTAINER_PREFIX=gallery- PATH="${MACHINE}:$PATH"
      exec bash "${MACHINE}/wait-until-live" "$4" ;;
    *) echo "docker was not expected to be asked: $*" >&2; exit 64 ;;
  esac`;

let docker: FakePrograms;
beforeEach(() => {
  docker = new FakePrograms({ docker: SCRIPT });
  docker.set("machine", "true gallery\n");
});

const environment = (more = {}) => ({ PATH: `${join(docker.folder, "bin")}:${process.env.PATH}`, ...more });

async function look(seconds = 60, name = "gallery", more = {}) {
  const said: string[] = [];
  const say = (what: string) => void said.push(what);
  const judgement = await new LocalApp(name, environment(more)).look({ secondsLeft: seconds, say });
  return { judgement, said };
}

test("an app that is live", async () => {
  docker.set("state/app", "live ");
  expect(await look(59.2)).toEqual({ judgement: { kind: "live" }, said: [] });
  const host = "docker --host unix:///var/run/docker.sock";
  expect(docker.calls).toEqual([
    `${host} inspect --type=container --format={{.State.Running}} {{index .Config.Labels "gcs-backed-container-app"}} gallery-machine`,
    // Rounded up from what is left once docker has answered.
    expect.stringMatching(/ exec gallery-machine wait-until-live (60|[1-5][0-9])$/),
    "docker version",
  ]);
});

test("another engine", async () => {
  docker.set("state/app", "live ");
  await look(60, "gallery", { DOCKER_HOST: "unix:///run/other.sock" });
  expect(docker.calls[0]).toMatch(/^docker --host unix:\/\/\/run\/other\.sock inspect /);
});

test("what it waits for is said at once, and is what was seen last at the deadline, with the app's log", async () => {
  docker.set("state/app", "starting waiting for the mount at /srv: no such bucket");
  expect(await look(2)).toEqual({
    judgement: {
      kind: "waiting",
      for: "the app is starting: waiting for the mount at /srv: no such bucket",
      log: ["app: Listening", "app: Traceback"],
    },
    said: ["the app is starting: waiting for the mount at /srv: no such bucket"],
  });
});

test.each([
  ["stopped the app ended with exit code 1", "the app ended with exit code 1"],
  ["starting the declaration is not valid: no image", "the declaration is not valid: no image"],
])("%s: the machine gives up at once", async (state, reason) => {
  docker.set("state/app", state);
  const log = ["app: Listening", "app: Traceback"];
  expect((await look()).judgement).toEqual({ kind: "failed", reason, log });
});

test("a machine that ends meanwhile is asked again", async () => {
  docker.set("ends", "");
  await expect(look()).rejects.toEqual(new NoAnswer("the container gallery-machine does not answer: exit code 137"));
  docker.set("ends", "Error: container is not running\n");
  await expect(look()).rejects.toThrow("does not answer: Error: container is not running");
});

test("a machine that does not run is asked again", async () => {
  docker.set("machine", "false gallery\n");
  await expect(look()).rejects.toEqual(new NoAnswer("the container gallery-machine does not run"));
});

test.each([
  ["no such app", "true gallery\n", "other"],
  ["another app's container", "true gallery-2\n", "gallery"],
  ["another program's container", "true \n", "gallery"],
])("%s", async (_, machine, name) => {
  docker.set("machine", machine);
  await expect(look(60, name)).rejects.toEqual(
    new CannotAsk(`there is no local app "${name}": deploy it first ("npx cdktf deploy local"), or give another name`),
  );
});

test("an engine that does not answer", async () => {
  docker = new FakePrograms({ docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1" });
  await expect(look()).rejects.toEqual(
    new CannotAsk(
      "docker does not answer at unix:///var/run/docker.sock: start it, or set DOCKER_HOST to where it is (Cannot connect to the Docker daemon)",
    ),
  );
});

test.each<[string, string]>([
  ["inspect", "hang"],
  ["exec", '[[ "$*" != *inspect* ]] || { echo "true gallery"; exit; }; hang'],
])(
  "a docker client that hangs at %s is not waited for longer than there is time",
  async (_, script) => {
    // What it has started goes on, with its output open.
    docker = new FakePrograms({ docker: `hang() { sleep 60 & echo $! >"$state/started"; wait; }; ${script}` });
    const begin = Date.now();
    await expect(look(1)).rejects.toEqual(new NoAnswer("docker does not answer at unix:///var/run/docker.sock"));
    expect(Date.now() - begin).toBeLessThan(20_000);
    process.kill(Number(docker.get("started")));
  },
  30_000,
);

test("no docker", async () => {
  const app = new LocalApp("gallery", { PATH: docker.folder });
  const asked = app.look({ secondsLeft: 60, say: () => undefined });
  await expect(asked).rejects.toThrow(/^docker cannot be run: install Docker Engine.*ENOENT/);
  await expect(asked).rejects.toBeInstanceOf(CannotAsk);
});
