/** container.sh, with sidecars. What is simulated: see FakeVm. */
import { SidecarDeclaration } from "../../../lib/boot/declaration";
import { mountOf, sample, sidecarOf } from "../../support/sample-declaration";
import { FakeVm, VERSION } from "../../support/vm";

const HEALTHY = { command: ["pg_isready"], intervalSeconds: 5, timeoutSeconds: 5, retries: 3, startPeriodSeconds: 0 };

function vmWith(...sidecars: Partial<SidecarDeclaration>[]) {
  const vm = new FakeVm(sample({ ports: [], sidecars: sidecars.map(sidecarOf) }));
  vm.setState("gcsfuse-0", "mounted as 0:0");
  return vm;
}

function runSidecar(vm: FakeVm, code: number | null = 0) {
  if (code !== null) vm.programs.set("ended", `${code}\n`);
  return vm.run("container.sh", ["sidecar-db"]);
}

/** Whoever waits is ended after a few pauses. */
const FEW = 'times few; ((n < 8)) || kill "$PPID"';
const dockerCalls = (vm: FakeVm, verb: string) =>
  vm.programs.callsOf("docker").filter((call) => call.startsWith(`${verb} `));
const blame = (vm: FakeVm) => (vm.has("blame") ? vm.saved("blame") : undefined);

describe("the app waits for its sidecars", () => {
  function waiting(vm: FakeVm) {
    vm.after("sleep", FEW);
    vm.run("container.sh", ["app"]);
    return vm.states.app;
  }

  test("until one with a health check is healthy", () => {
    const vm = vmWith({ healthCheck: HEALTHY });
    vm.setState("sidecar-db.started", "");
    vm.setState("sidecar-db", "starting its health check has not passed yet");
    expect(waiting(vm)).toBe("starting waiting for sidecar db: starting its health check has not passed yet");
    expect(dockerCalls(vm, "create")).toEqual([]);
  });

  test("until one without has been started", () => {
    const vm = vmWith({});
    vm.setState("sidecar-db", "starting pulling db:1");
    expect(waiting(vm)).toBe("starting waiting for sidecar db: starting pulling db:1");
    expect(dockerCalls(vm, "create")).toEqual([]);
  });

  test("for each of them", () => {
    const vm = vmWith({ healthCheck: HEALTHY }, { name: "cache", image: "cache:1" });
    vm.setState("sidecar-db", "live ");
    expect(waiting(vm)).toBe("starting waiting for sidecar cache: ");
  });

  test("and not for one that is healthy, or was started and has ended since", () => {
    const vm = vmWith({ healthCheck: HEALTHY }, { name: "job", image: "job:1" });
    vm.setState("sidecar-db", "live ");
    vm.setState("sidecar-job", "stopped sidecar job ended with exit code 0");
    vm.setState("sidecar-job.started", "");
    vm.programs.set("ended", "0\n");
    vm.run("container.sh", ["app"]);
    expect(dockerCalls(vm, "start")).toEqual(["start app"]);
  });

  test("and not for a job with a health check that has ended for good", () => {
    const vm = vmWith({ healthCheck: HEALTHY });
    vm.setState("sidecar-db", "stopped sidecar db ended with exit code 0");
    vm.programs.set("ended", "0\n");
    vm.run("container.sh", ["app"]);
    expect(dockerCalls(vm, "start")).toEqual(["start app"]);
  });

  test("a sidecar waits for no other, and for its own mounts only", () => {
    const vm = vmWith({ mounts: [mountOf({ bucket: "dumps" })] }, { name: "cache", image: "cache:1" });
    vm.setState("gcsfuse-0", "starting mounting");
    vm.setState("gcsfuse-1", "mounted as 0:0");
    runSidecar(vm);
    expect(dockerCalls(vm, "start")).toEqual(["start sidecar-db"]);
    const waits = vmWith({ mounts: [mountOf({ bucket: "dumps", path: "/dumps" })] });
    waits.setState("gcsfuse-1", "starting mounting");
    waits.after("sleep", FEW);
    waits.run("container.sh", ["sidecar-db"]);
    expect(waits.states["sidecar-db"]).toBe("starting waiting for the mount at /dumps: starting mounting");
  });
});

describe("the network", () => {
  test("is created with the app's label, and with packets as large as in docker's own", () => {
    const vm = vmWith({});
    runSidecar(vm);
    expect(dockerCalls(vm, "network create")).toEqual([
      "network create --label=gcs-backed-container-app=app --opt=com.docker.network.driver.mtu=1460 sidecars",
    ]);
    const calls = vm.programs.callsOf("docker");
    expect(calls.findIndex((call) => call.startsWith("network create"))).toBeLessThan(
      calls.findIndex((call) => call.startsWith("create ")),
    );
  });

  test("is used where it is there already", () => {
    const vm = vmWith({});
    vm.programs.set("network", "app\n");
    runSidecar(vm);
    expect(dockerCalls(vm, "network create")).toEqual([]);
    expect(dockerCalls(vm, "start")).toEqual(["start sidecar-db"]);
  });

  test("of another program's is left alone, and named", () => {
    const vm = vmWith({});
    vm.programs.set("network", "\n");
    expect(runSidecar(vm).status).toBe(1);
    expect(vm.states["sidecar-db"]).toBe(
      "starting cannot create the network: another program's network has the name 'sidecars': remove it, or give it another name",
    );
    expect(dockerCalls(vm, "create")).toEqual([]);
    expect(blame(vm)).toBeUndefined();
  });

  test("that cannot be created keeps the container down, and the state says why", () => {
    const vm = vmWith({});
    vm.programs.set("network-fails", "could not find an available, non-overlapping IPv4 address pool");
    expect(runSidecar(vm).status).toBe(1);
    expect(vm.states["sidecar-db"]).toMatch(/^starting cannot create the network: could not find an available/);
  });

  test("is none where there is no sidecar", () => {
    const vm = vmWith();
    vm.programs.set("ended", "0\n");
    vm.run("container.sh", ["app"]);
    expect(dockerCalls(vm, "network")).toEqual([]);
  });
});

test("the metadata server is closed before a sidecar is there, in whichever network it is", () => {
  const vm = vmWith({});
  runSidecar(vm);
  const rules = vm.programs.callsOf("iptables").filter((call) => call.includes(" -C ") || call.includes(" -I "));
  expect(rules.length).toBeGreaterThan(0);
  for (const rule of rules) expect(rule).toContain(" ! -i lo -d 169.254.169.254 ");
  const { calls } = vm.programs;
  expect(calls.findIndex((call) => call.startsWith("docker create"))).toBeGreaterThan(
    calls.findIndex((call) => call.startsWith("iptables")),
  );
});

describe("its health check", () => {
  /** The words that the check says one after the other, each until the next pause; the container ends then. */
  function says(...words: string[]) {
    const vm = vmWith({ healthCheck: HEALTHY });
    words.forEach((word, index) => vm.programs.set(`health-${index}`, `${word}\n`));
    vm.programs.set("health", `${words[0]}\n`);
    vm.programs.set("health-log", "old\nno response\n\n");
    vm.after(
      "sleep",
      `if [[ $1 == 5 || $1 == 0.5 ]]; then times checks; cp "$state/health-$n" "$state/health" 2>/dev/null || echo 0 >"$state/ended"; fi`,
    );
    const { stdout } = runSidecar(vm, null);
    return stdout
      .split("\n")
      .filter((line) => line.startsWith("sidecar-db: "))
      .map((line) => line.slice("sidecar-db: ".length));
  }

  test("makes it live once it passes, and not before", () => {
    expect(says("starting", "starting", "healthy").slice(0, 3)).toEqual([
      "starting the container starts",
      "starting its health check has not passed yet",
      "live ",
    ]);
  });

  test("that fails later is reported, with what it printed last, and so is that it passes again", () => {
    expect(says("healthy", "unhealthy", "healthy").slice(1, 4)).toEqual([
      "live ",
      "starting its health check fails: no response",
      "live ",
    ]);
  });
});

describe("when a sidecar has ended", () => {
  test.each([
    ["always", 0, 1, "starting", true],
    ["always", 3, 1, "starting", true],
    ["on-failure", 0, 0, "stopped", true],
    ["no", 0, 0, "stopped", false],
    ["no", 3, 0, "stopped", true],
  ] as const)("restart policy %s, exit code %d", (restartPolicy, code, status, state, blamed) => {
    const vm = vmWith({ restartPolicy });
    expect(runSidecar(vm, code).status).toBe(status);
    expect(vm.states["sidecar-db"]).toBe(`${state} sidecar db ended with exit code ${code}`);
    expect(blame(vm)).toBe(blamed ? `${VERSION} sidecar db ended with exit code ${code}` : undefined);
  });

  test("the app's own notes are not touched", () => {
    const vm = vmWith({});
    runSidecar(vm);
    expect(["running", "begun", "state/app"].map((name) => vm.has(name))).toEqual([false, false, false]);
    expect(vm.has("state/sidecar-db.started")).toBe(true);
  });
});

test("what cannot be created is said by its name", () => {
  const vm = vmWith({});
  vm.programs.set("create-fails", "invalid mount path");
  expect(runSidecar(vm).status).toBe(1);
  expect(blame(vm)).toBe(`${VERSION} sidecar db: cannot create the container: invalid mount path`);
  expect(vm.states["sidecar-db"]).toBe("starting cannot create the container: invalid mount path");
});

test("a stop of its unit is told in its state, and it is asked once, as an app is", () => {
  const vm = vmWith({});
  vm.programs.set("container-sidecar-db", "0123abcd app\n");
  vm.programs.set("stop-takes", "2\n");
  vm.run("stop-container.sh", ["sidecar-db"], { MAINPID: "1" });
  expect(vm.states["sidecar-db"]).toMatch(/^starting it is stopped: /);
  expect(dockerCalls(vm, "kill")).toEqual([]);
  expect(dockerCalls(vm, "stop")).toEqual(["stop 0123abcd"]);
  vm.run("remove-container.sh", ["sidecar-db"]);
  expect(vm.states["sidecar-db"]).toMatch(/^starting it is stopped: /);
  expect(dockerCalls(vm, "rm")).toEqual(["rm --force --volumes 0123abcd"]);
});

test("the sidecars' states are reported by their names, and only where there are any", () => {
  const curl = 'for one; do [[ $one != @* ]] || cat "${one#@}" >"$state/reported"; done';
  const report = (vm: FakeVm) => {
    vm.shell(`set_state sidecar-db starting 'say "hi"'; set_state sidecar-db.started x ''`, [], { REPORT_STATE: "" });
    return JSON.parse(vm.programs.get("reported"));
  };
  const sidecars = [sidecarOf(), sidecarOf({ name: "job-1", image: "job:1" })];
  expect(report(new FakeVm(sample({ sidecars }), { curl })).parts).toEqual({
    "sidecar-db": { state: "starting", message: 'say "hi"' },
    "sidecar-job-1": { state: "starting", message: "" },
  });
  expect(report(new FakeVm(sample(), { curl }))).not.toHaveProperty("parts");
});
