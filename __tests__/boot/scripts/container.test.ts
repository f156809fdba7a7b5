import { existsSync, readdirSync, statSync } from "node:fs";
import { AddressInfo, createServer, Server } from "node:net";
import { join } from "node:path";
import { Declaration } from "../../../lib/boot/declaration";
import { folderWith } from "../../support/folder";
import { mountOf, sample } from "../../support/sample-declaration";
import { FakeVm, VERSION } from "../../support/vm";

/** An app without ports, so that it is live when it runs. */
const app = (options: Partial<Declaration> = {}) => sample({ ports: [], ...options });
const RULES = ["DOCKER-USER", "INPUT"].flatMap((chain) => [
  `${chain} ! -i lo -d 169.254.169.254 -p tcp ! --dport 53 -j REJECT --reject-with tcp-reset`,
  `${chain} ! -i lo -d 169.254.169.254 -p udp ! --dport 53 -j REJECT`,
]);
/** A firewall that has the rules it was given, until they are dropped. */
const IPTABLES = `
shift; action=$1; shift
case $action in
  -C) grep --quiet --line-regexp --fixed-strings -e "$*" "$state/rules" 2>/dev/null ;;
  -I) [[ ! -e $state/no-chain ]] && echo "$*" >>"$state/rules" ;;
esac`;

function vmWith(declaration = app(), programs: { [name: string]: string } = {}) {
  const vm = new FakeVm(declaration, { iptables: IPTABLES, ...programs });
  vm.setState("gcsfuse-0", "mounted as 0:0");
  return vm;
}

/** Runs the app until it ends with the code. */
function runUntilEnd(vm: FakeVm, code = 0) {
  vm.programs.set("ended", `${code}\n`);
  return vm.run("container.sh", ["app"]);
}

const created = (vm: FakeVm) => vm.programs.get("created").split("\n").slice(1, -1);
const dockerCalls = (vm: FakeVm, verb: string) =>
  vm.programs.callsOf("docker").filter((call) => call.split(" ")[0] === verb);

test("the container is created with its options, environment, entrypoint and arguments, byte for byte", () => {
  const vm = vmWith(
    app({
      environment: { A: '$(touch x) `y` "z"', EMPTY: "" },
      entrypoint: ["/bin/sh", "-c"],
      args: ["echo $HOME; exit", "", "--privileged"],
    }),
  );
  runUntilEnd(vm);
  const args = created(vm);
  expect(args.slice(args.indexOf('--env=A=$(touch x) `y` "z"'))).toEqual([
    '--env=A=$(touch x) `y` "z"',
    "--env=EMPTY=",
    "--entrypoint=/bin/sh",
    "app:1",
    "-c",
    "echo $HOME; exit",
    "",
    "--privileged",
  ]);
  expect(args).toEqual(expect.arrayContaining(["--name=app", "--restart=no", "--stop-timeout=30"]));
});

describe("a container that was created ahead", () => {
  function vmWithPrepared(version: string) {
    const vm = vmWith();
    vm.save("prepared", version);
    return vm;
  }

  test("takes the name, once the one before is gone", () => {
    const vm = vmWithPrepared(VERSION);
    vm.programs.set("container-app", "0ld app\n");
    vm.programs.set("name-is-taken", "");
    runUntilEnd(vm);
    expect(dockerCalls(vm, "create")).toEqual([]);
    const calls = vm.programs.callsOf("docker").filter((call) => /^(rm|rename|start) /.test(call));
    expect(calls).toEqual(["rename app-next app", "rm --force --volumes 0ld", "rename app-next app", "start app"]);
    expect(vm.has("prepared")).toBe(false);
  });

  test("takes the name at once where the one before is gone: seconds without service are for what is needed", () => {
    const vm = vmWithPrepared(VERSION);
    runUntilEnd(vm);
    const calls = vm.programs.callsOf("docker").filter((call) => /^(image|inspect|rm|rename|start|create) /.test(call));
    expect(calls.slice(0, 2)).toEqual(["rename app-next app", "start app"]);
  });

  test("is created after all where it is gone", () => {
    const vm = vmWithPrepared(VERSION);
    vm.programs.set("rename-fails", "");
    runUntilEnd(vm);
    expect(created(vm)).toEqual(expect.arrayContaining(["--name=app", "app:1"]));
  });

  test("is not that of another declaration", () => {
    const vm = vmWithPrepared("another");
    runUntilEnd(vm);
    expect(dockerCalls(vm, "rename")).toEqual([]);
    expect(created(vm)).toEqual(expect.arrayContaining(["--name=app", "app:1"]));
  });
});

test("what the app was given is never run", () => {
  const evil = "true$(touch $RUN_FOLDER/evil); touch $RUN_FOLDER/evil #";
  const vm = vmWith();
  const files = [
    "restart-policy",
    "metadata-server-access",
    "tcp-ports",
    "http-check",
    "certificates-for",
    "environment",
    "options",
    "user",
  ];
  for (const name of files) {
    vm.write(`app/${name}`, evil);
  }
  runUntilEnd(vm);
  expect(vm.has("evil")).toBe(false);
});

describe("it starts after its mounts", () => {
  const FEW = 'times few; ((n < 5)) || kill "$PPID"';

  test.each(["starting its unit has ended", "starting mounting", ""])("not while their state is %j", (state) => {
    const vm = vmWith();
    vm.setState("gcsfuse-0", state);
    vm.after("sleep", FEW);
    vm.run("container.sh", ["app"]);
    expect(vm.states.app).toBe(`starting waiting for the mount at /srv/app/uploads: ${state}`);
    expect(dockerCalls(vm, "create")).toEqual([]);
  });

  test("not while one does not answer", () => {
    const vm = vmWith(app(), { findmnt: "echo tmpfs" });
    vm.after("sleep", FEW);
    vm.run("container.sh", ["app"]);
    expect(vm.states.app).toMatch(/^starting waiting for the mount/);
  });
});

describe("the metadata server", () => {
  const blocks = (access: string) => {
    const vm = vmWith();
    vm.write("app/metadata-server-access", access);
    runUntilEnd(vm);
    return vm.programs.callsOf("iptables").length > 0;
  };

  test.each(["false", "no", "True", "true false", "1", ""])("is closed to the app for %j", (access) => {
    expect(blocks(access)).toBe(true);
  });

  test("is open on exactly true", () => {
    expect(blocks("true")).toBe(false);
  });

  test("is closed before the app is there, but for DNS", () => {
    const vm = vmWith();
    runUntilEnd(vm);
    expect(vm.programs.get("rules").split("\n").slice(0, 4)).toEqual(RULES);
    const calls = vm.programs.calls;
    expect(calls.findIndex((call) => call.startsWith("docker create"))).toBeGreaterThan(
      calls.findIndex((call) => call.startsWith("iptables -w -I INPUT") && call.includes("udp")),
    );
  });

  test("is not open to an app where it cannot be closed", () => {
    const vm = vmWith();
    vm.programs.set("no-chain", "");
    expect(runUntilEnd(vm).status).toBe(1);
    expect(vm.states.app).toBe("starting the metadata server could not be closed to the app");
    expect(dockerCalls(vm, "create")).toEqual([]);
  });

  /** A firewall that is loaded anew as soon as the app runs. */
  const RELOADED = `case "$*" in *SubState*) echo running ;; *) echo active ;; esac`;
  const START = (more: string) => `
if [[ $1 == start ]]; then : >"$state/rules"; ${more} fi`;

  test("is closed again when the firewall was loaded anew while the app runs", () => {
    const vm = vmWith(app(), { systemctl: RELOADED });
    vm.after("docker", START(""));
    vm.after("sleep", '[[ $(wc -l <"$state/rules") -lt 4 ]] || echo 0 >"$state/ended"');
    vm.run("container.sh", ["app"]);
    expect(vm.programs.get("rules").split("\n").slice(0, 4)).toEqual(RULES);
    expect(vm.states.app).toBe("stopped the app ended with exit code 0");
  });

  test("the app is stopped where it cannot be closed again", () => {
    const vm = vmWith(app({ restartPolicy: "no" }), { systemctl: RELOADED });
    vm.after("docker", START(': >"$state/no-chain";'));
    expect(vm.run("container.sh", ["app"]).status).toBe(1);
    expect(dockerCalls(vm, "stop")).toEqual(["stop app"]);
    expect(vm.states.app).toBe("starting the metadata server could not be closed to the app");
  });
});

describe("when the app has ended", () => {
  test.each([
    ["always", 0, 1, "starting"],
    ["always", 3, 1, "starting"],
    ["on-failure", 0, 0, "stopped"],
    ["on-failure", 3, 1, "starting"],
    ["no", 0, 0, "stopped"],
    ["no", 3, 0, "stopped"],
  ] as const)("restart policy %s, exit code %d: ends with %d, %s", (restartPolicy, code, status, state) => {
    const vm = vmWith(app({ restartPolicy }));
    expect(runUntilEnd(vm, code).status).toBe(status);
    expect(vm.states.app).toBe(`${state} the app ended with exit code ${code}`);
  });

  test("a stop of the unit is no end that the policy has an opinion on", () => {
    const vm = vmWith(app({ restartPolicy: "no" }), { systemctl: "echo stop-sigterm" });
    expect(runUntilEnd(vm, 143).status).toBe(0);
    expect(vm.states.app).not.toMatch(/ended/);
  });

  test("nor is one without docker", () => {
    const gone = vmWith(app({ restartPolicy: "no" }));
    gone.programs.set("wait-fails", "");
    expect(gone.run("container.sh", ["app"]).status).toBe(1);
    expect(gone.states.app).toBe("starting docker is gone");
  });

  test("nor is one with its mount", () => {
    const vm = vmWith(app({ restartPolicy: "no" }));
    // The mounts that there are when it starts, and when it has ended.
    vm.change("liveness.sh", "</proc/self/mountinfo", '<"$HOME/mountinfo"');
    const line = (id: number) =>
      `${id} 30 0:${id} / ${vm.runFolder}/gcsfuse-0/fs rw shared:1 - fuse.gcsfuse files rw\n`;
    vm.save("mountinfo", line(70));
    vm.after("docker", `if [[ $1 == start ]]; then printf '${line(71).trim()}\n' >"$HOME/mountinfo"; fi`);
    // By its id: another version may have the name by then.
    vm.after("docker", `if [[ $1 == start ]]; then echo 'f00d app' >"$state/container-app"; fi`);
    expect(vm.run("container.sh", ["app"]).status).toBe(1);
    expect(vm.states.app).toBe("starting a mount was lost");
    expect(dockerCalls(vm, "stop")).toEqual(["stop f00d"]);
  });

  test("a mount that is not there at one look, and is at the next, ends nothing", () => {
    const vm = vmWith(app({ restartPolicy: "no" }));
    const line = `70 30 0:70 / ${vm.runFolder}/gcsfuse-0/fs rw shared:1 - fuse.gcsfuse files rw`;
    vm.change("liveness.sh", "</proc/self/mountinfo", '< <(bash "$HOME/look")');
    vm.save(
      "look",
      `echo >>"$HOME/looks"
      case $(wc -l <"$HOME/looks") in
        4) exit ;;
        9) echo 0 >${vm.programs.folder}/ended ;;
      esac
      echo '${line}'`,
    );
    expect(vm.run("container.sh", ["app"]).status).toBe(0);
    expect(dockerCalls(vm, "stop")).toEqual([]);
    expect(vm.states.app).toBe("stopped the app ended with exit code 0");
  });

  test("a restart policy that nobody knows is said before anything starts", () => {
    const vm = vmWith();
    vm.write("app/restart-policy", "sometimes");
    expect(runUntilEnd(vm).status).toBe(1);
    expect(vm.states.app).toBe("starting the restart policy 'sometimes' is not known");
    expect(dockerCalls(vm, "create")).toEqual([]);
  });
});

describe("what is said against the declaration that runs, so that it can be taken back", () => {
  const blame = (vm: FakeVm) => (vm.has("blame") ? vm.saved("blame") : undefined);

  test.each([
    ["always", 0, true],
    ["always", 3, true],
    ["on-failure", 0, true],
    ["on-failure", 3, true],
    ["no", 0, false],
    ["no", 3, true],
  ] as const)(
    "an end, but for one that was to be: restart policy %s, exit code %d: %s",
    (restartPolicy, code, blamed) => {
      const vm = vmWith(app({ restartPolicy }));
      runUntilEnd(vm, code);
      expect(blame(vm)).toBe(blamed ? `${VERSION} the app ended with exit code ${code}` : undefined);
    },
  );

  test("a container that cannot be created, or started", () => {
    const uncreated = vmWith();
    uncreated.programs.set("create-fails", "invalid mount path");
    uncreated.run("container.sh", ["app"]);
    expect(blame(uncreated)).toBe(`${VERSION} cannot create the container: invalid mount path`);
    expect(uncreated.has("running")).toBe(false);
    const unstarted = vmWith();
    unstarted.after("docker", 'if [[ $1 == start ]]; then echo "exec: /no/such/program" >&2; exit 1; fi');
    unstarted.run("container.sh", ["app"]);
    expect(blame(unstarted)).toBe(`${VERSION} cannot start the container: exec: /no/such/program`);
  });

  test.each([
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "error during connect: ... Is the docker daemon running?",
  ])("not that docker is down: %s", (message) => {
    const vm = vmWith();
    vm.programs.set("create-fails", message);
    expect(vm.run("container.sh", ["app"]).status).toBe(1);
    expect(vm.states.app).toBe(`starting cannot create the container: ${message}`);
    expect(blame(vm)).toBeUndefined();
  });

  test("nor what fails while docker's unit is not active, ends with docker, or is a stop", () => {
    const down = vmWith(app(), { systemctl: "echo deactivating" });
    down.programs.set("create-fails", "unexpected EOF");
    down.run("container.sh", ["app"]);
    const gone = vmWith();
    gone.programs.set("wait-fails", "");
    gone.run("container.sh", ["app"]);
    const stopped = vmWith(app(), { systemctl: "echo stop-sigterm" });
    runUntilEnd(stopped, 143);
    expect([down, gone, stopped].map(blame)).toEqual([undefined, undefined, undefined]);
  });

  test("nor that the metadata server could not be closed", () => {
    const vm = vmWith();
    vm.programs.set("no-chain", "");
    vm.run("container.sh", ["app"]);
    expect(blame(vm)).toBeUndefined();
  });

  test("is said of the version that the container was created from, though another one is to run meanwhile", () => {
    const vm = vmWith();
    vm.after(
      "docker",
      `if [[ $1 == start ]]; then ln -sfn '${vm.runFolder}/declarations/another' '${vm.runFolder}/config'; fi`,
    );
    runUntilEnd(vm, 3);
    expect(blame(vm)).toBe(`${VERSION} the app ended with exit code 3`);
    expect(vm.saved("running")).toBe(VERSION);
  });
});

test("the version that runs is noted once its container is there, and not before", () => {
  const vm = vmWith();
  vm.after("docker", `if [[ $1 == create && -e '${vm.runFolder}/running' ]]; then touch "$state/too-early"; fi`);
  runUntilEnd(vm);
  expect(vm.saved("running")).toBe(VERSION);
  expect(existsSync(join(vm.runFolder, "blame"))).toBe(true);
  expect(vm.programs.has("too-early")).toBe(false);
});

test("that its time has begun is noted before anything is waited for", () => {
  const vm = vmWith();
  vm.setState("gcsfuse-0", "starting mounting");
  vm.after("sleep", 'kill "$PPID"');
  vm.run("container.sh", ["app"]);
  expect(vm.saved("begun")).toBe(VERSION);
  expect(vm.has("running")).toBe(false);
});

test("values of several lines and bytes that no shell likes arrive as they are", () => {
  const values = ["two\nlines\n", "e\u0301 \u2028", "\r", "-e", "*", " "];
  const vm = vmWith(
    app({ environment: Object.fromEntries(values.map((one, index) => [`A${index}`, one])), args: values }),
  );
  vm.programs.append("docker", 'if [[ $1 == create ]]; then printf "%s\\0" "$@" >"$state/created-nul"; fi');
  runUntilEnd(vm);
  const args = vm.programs.get("created-nul").split("\0").slice(0, -1);
  expect(args.filter((one) => one.startsWith("--env="))).toEqual(values.map((one, index) => `--env=A${index}=${one}`));
  expect(args.slice(args.indexOf("app:1"))).toEqual(["app:1", ...values]);
});

test("it waits for each of its mounts", () => {
  const vm = vmWith(app({ mounts: [mountOf(), mountOf({ path: "/b" })] }));
  vm.after("sleep", 'times few; ((n < 5)) || kill "$PPID"');
  vm.run("container.sh", ["app"]);
  expect(vm.states.app).toBe("starting waiting for the mount at /b: ");
});

test("a container of somebody else's that has its name is left alone, and named", () => {
  const vm = vmWith();
  const conflict =
    'Conflict. The container name "/app" is already in use. You have to remove (or rename) that container';
  vm.programs.set("container-app", "0123abcd \n");
  vm.programs.set("create-fails", conflict);
  expect(vm.run("container.sh", ["app"]).status).toBe(1);
  expect(vm.states.app).toBe(`starting cannot create the container: ${conflict}`);
  expect(dockerCalls(vm, "rm")).toEqual([]);
});

describe("the app is live", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  /** The app ends after so many pauses of those who wait for it to be live. */
  const SOON = 'if [[ $1 == 0.2 ]]; then times waits; ((n < 25)) || echo 0 >"$state/ended"; fi';
  /** The app ends a while after it runs. */
  const LATER = 'times later; ((n < 20)) || echo 0 >"$state/ended"';

  test("when every published TCP port takes a connection", () => {
    const ports = [{ containerPort: port, hostPort: 80, protocol: "tcp" as const }];
    const vm = vmWith(app({ ports }));
    vm.after("sleep", LATER);
    expect(vm.run("container.sh", ["app"]).stdout).toContain("app: live ");
  });

  test("not while one of them takes none", () => {
    const ports = [port, 1].map((containerPort, index) => ({
      containerPort,
      hostPort: index + 80,
      protocol: "tcp" as const,
    }));
    const vm = vmWith(app({ ports }));
    vm.after("sleep", SOON);
    const { stdout } = vm.run("container.sh", ["app"]);
    expect(stdout).not.toContain("app: live");
    expect(stdout).toContain("the container runs, but port 1 takes no connection yet");
  });
});

test("where Docker volumes play the disks, they have the folders on the way to what is mounted inside", () => {
  const disks = folderWith({ "srv/kept": "", "other/kept": "" });
  const vm = vmWith(
    app({
      user: "1000:1001",
      mounts: [mountOf({ path: "/srv/a/b" })],
      disks: [
        { name: "srv", path: "/srv" },
        { name: "other", path: "/other" },
      ],
    }),
  );
  // As it is made for them.
  vm.write("app/needs", "gcsfuse-0\n");
  vm.programs.set("ended", "0\n");
  expect(vm.run("container.sh", ["app"], { DISK_FOLDERS: disks }).stdout).toContain("the container starts");
  for (const name of ["srv/a", "srv/a/b"]) expect(statSync(join(disks, name))).toMatchObject({ uid: 1000, gid: 1001 });
  expect(readdirSync(join(disks, "other"))).toEqual(["kept"]);
});

describe("a container with secrets", () => {
  const SECRET = { secret: "projects/p-12345/secrets/db", version: "3" };
  const ENVIRONMENT = { secrets: { DB: SECRET } };
  const FILES = { secretFiles: { "/run/secrets/db": SECRET, '/a,"b=c"': SECRET } };
  /** secrets.sh and with-secrets.sh, which have tests of their own, as `answers` of theirs: a reason, or an empty line. */
  function vmWithSecrets(options: Partial<Declaration>, answers: string[] = [""]) {
    const vm = vmWith(app(options));
    vm.programs.set("answers", answers.map((line) => `${line}\n`).join(""));
    const state = vm.programs.folder;
    vm.change(
      "secrets.sh",
      /^[^]*$/,
      `
echo "secrets.sh $*" >>'${state}/calls'
read -r reason <'${state}/answers'
sed -i '1{$!d}' '${state}/answers'
[[ ! $reason ]] || { printf '%s' "$reason"; exit 1; }`,
    );
    vm.change("with-secrets.sh", /^[^]*$/, "printf /run/x/with-secrets");
    vm.programs.set("image-command", '[["docker-entrypoint.sh"],["serve","--port=80"]]');
    return vm;
  }
  const mountsIn = (vm: FakeVm) => created(vm).filter((arg) => arg.startsWith('--mount=type=bind,"'));
  const commandIn = (vm: FakeVm) => created(vm).slice(created(vm).findIndex((arg) => arg.startsWith("--entrypoint=")));

  test("begins with the program that sets them and goes on as what docker would have started", () => {
    const vm = vmWithSecrets(ENVIRONMENT);
    runUntilEnd(vm);
    expect(mountsIn(vm)).toEqual([
      '--mount=type=bind,"source=/run/x/with-secrets","target=/.gcs-backed-container-app/with-secrets",readonly',
      `--mount=type=bind,"source=${vm.config}/secrets-app/environment","target=/.gcs-backed-container-app/environment",readonly`,
    ]);
    expect(commandIn(vm)).toEqual([
      "--entrypoint=/.gcs-backed-container-app/with-secrets",
      "app:1",
      "/.gcs-backed-container-app/environment",
      "docker-entrypoint.sh",
      "serve",
      "--port=80",
    ]);
  });

  test.each<[string, Partial<Declaration>, string, string[]]>([
    ["arguments of its own", { args: ["a", ""] }, '[["/entry"],["image"]]', ["/entry", "a", ""]],
    ["an entrypoint of its own", { entrypoint: ["/own", "x"] }, '[["/entry"],["image"]]', ["/own", "x"]],
    ["both", { entrypoint: ["/own"], args: ["a"] }, '[["/entry"],["image"]]', ["/own", "a"]],
    ["an image without entrypoint", {}, '[null,["/bin/sh","-c","a\\nb \\u003c é"]]', ["/bin/sh", "-c", "a\nb < é"]],
    ["an image without arguments", {}, '[["/entry"],null]', ["/entry"]],
    ["only arguments of its own", { args: ["/bin/app"] }, "[null,null]", ["/bin/app"]],
    ["the image's entrypoint taken away", { entrypoint: [""], args: ["sh"] }, '[["/entry"],["image"]]', ["sh"]],
  ])("with %s", (_, options, image, expected) => {
    const vm = vmWithSecrets({ ...ENVIRONMENT, ...options });
    vm.programs.set("image-command", image);
    runUntilEnd(vm);
    expect(created(vm).join("\n")).toMatch(/\n\/\.gcs-backed-container-app\/environment\n/);
    expect(created(vm).join("\n").split("/.gcs-backed-container-app/environment\n")[1]).toBe(expected.join("\n"));
  });

  test("is not created of an image that has nothing to start", () => {
    const vm = vmWithSecrets(ENVIRONMENT);
    vm.programs.set("image-command", "[null,[]]");
    vm.run("container.sh", ["app"]);
    expect(vm.states.app).toBe(
      "starting cannot create the container: the image has neither an entrypoint nor arguments: give some",
    );
  });

  test("has secrets as files, too, and then nothing else is changed", () => {
    const vm = vmWithSecrets(FILES);
    runUntilEnd(vm);
    expect(mountsIn(vm)).toEqual([
      `--mount=type=bind,"source=${vm.config}/secrets-app/file-0","target=/run/secrets/db",readonly`,
      `--mount=type=bind,"source=${vm.config}/secrets-app/file-1","target=/a,""b=c""",readonly`,
    ]);
    expect(created(vm).at(-1)).toBe("app:1");
  });

  test("does not start while one cannot be read, and says why as long as it takes", () => {
    const refused = "secret projects/p-12345/secrets/db/versions/3: HTTP 403 PERMISSION_DENIED no";
    const vm = vmWithSecrets(ENVIRONMENT, [refused, refused, "the secrets: no token", ""]);
    const { stdout } = runUntilEnd(vm);
    expect(stdout.split("\n").filter((line) => line.includes("waiting"))).toEqual([
      `app: starting waiting for ${refused}`,
      "app: starting waiting for the secrets: no token",
    ]);
    expect(vm.programs.callsOf("secrets.sh")).toEqual(Array(4).fill(`${vm.config} app`));
    expect(dockerCalls(vm, "start")).toHaveLength(1);
    expect(vm.programs.callsOf("sleep").slice(0, 3)).toEqual(["1", "2", "4"]);
  });

  test("never starts without", () => {
    const vm = vmWithSecrets(ENVIRONMENT, ["secret x: HTTP 503"]);
    vm.after("sleep", 'times few; ((n < 20)) || kill "$PPID"');
    vm.run("container.sh", ["app"]);
    expect([...dockerCalls(vm, "create"), ...dockerCalls(vm, "start")]).toEqual([]);
    expect(vm.states.app).toBe("starting waiting for secret x: HTTP 503");
    // As long as another delay than a minute is never waited for.
    expect(vm.programs.callsOf("sleep").at(-1)).toBe("60");
  });

  test("whose secrets were read just now starts with those, and the next time with what it reads then", () => {
    const vm = vmWithSecrets(ENVIRONMENT);
    vm.write("secrets-app/read-ahead", "");
    runUntilEnd(vm);
    expect(vm.programs.callsOf("secrets.sh")).toEqual([]);
    runUntilEnd(vm);
    expect(vm.programs.callsOf("secrets.sh")).toHaveLength(1);
  });

  test("that has none asks nobody", () => {
    const vm = vmWithSecrets({});
    runUntilEnd(vm);
    expect(vm.programs.callsOf("secrets.sh")).toEqual([]);
    expect(mountsIn(vm)).toEqual([]);
  });
});
