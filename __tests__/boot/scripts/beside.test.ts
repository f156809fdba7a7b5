/** beside.sh, retire.sh and what takes over. What is simulated: see FakeVm; who answers, and who is connected, are real. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, Server, Socket } from "node:net";
import { AddressInfo } from "node:net";
import { Declaration } from "../../../lib/boot/declaration";
import { sample } from "../../support/sample-declaration";
import { FakeVm, VERSION } from "../../support/vm";

const SERVER = `
  require("http")
    .createServer(({ url, headers }, answer) => {
      answer.writeHead(url === "/health?z=1" && headers.host === "photos.example.com" ? 204 : 500).end();
    })
    .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

let port: number;
let server: ReturnType<typeof spawn>;
beforeAll(async () => {
  server = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(server.stdout!, "data")) as [Buffer];
  port = Number(line.toString());
});
afterAll(() => server.kill());

const check = (options: Partial<Declaration["httpCheck"] & object> = {}) => ({
  httpCheck: { containerPort: port, host: "photos.example.com", path: "/", intervalSeconds: 1, ...options },
});

function vmWith(declaration: Partial<Declaration> = check()): FakeVm {
  const vm = new FakeVm(sample({ ports: [], startTimeoutSeconds: 1, ...declaration }), { sleep: "/bin/sleep 0.1" });
  vm.change("beside.sh", "stays_up=10", "stays_up=0");
  vm.setState("gcsfuse-0", "mounted as 0:0");
  vm.programs.set("container-app-next", "0next app\n");
  return vm;
}
const beside = (vm: FakeVm) => vm.run("beside.sh", [vm.config]);

describe("an app that is started beside the one before", () => {
  test("is created and started, and takes over once it answers", () => {
    const vm = vmWith();
    expect(beside(vm)).toMatchObject({ status: 0, stdout: "" });
    const calls = vm.programs.callsOf("docker").filter((call) => /^(create|start|rm) /.test(call));
    expect(calls).toEqual([
      "rm --force --volumes 0next",
      expect.stringMatching(/^create --name=app-next .* app:1$/),
      "start 0next",
    ]);
    expect(vm.saved("takes-over")).toMatch(/^0next\n/);
  });

  test("may have to answer with a status: the path and the host are those of the check", () => {
    expect(beside(vmWith(check({ path: "/health?z=1", expectedStatus: 204 }))).status).toBe(0);
  });

  test.each<[string, () => Partial<Declaration>, (vm: FakeVm) => void, RegExp]>([
    [
      "answers otherwise",
      () => check({ path: "/health?z=1", expectedStatus: 200 }),
      () => {},
      /^it has not come to life within 1 seconds: it answers \/health\?z=1 with the status 204, and not with 200$/m,
    ],
    [
      "does not answer",
      () => check({ containerPort: 1 }),
      () => {},
      /^it has not come to life within 1 seconds: port 1 does not answer by HTTP: .*Connection refused$/m,
    ],
    [
      "has no address, though something answers here",
      () => check(),
      (vm) => vm.programs.set("address", ""),
      /^it has not come to life within 1 seconds: it has no address$/,
    ],
    ["has ended", () => check(), (vm) => vm.programs.set("status", "exited 7\n"), /^the app ended with exit code 7$/],
    [
      "cannot be created",
      () => check(),
      (vm) => vm.programs.set("create-fails", "no"),
      /^cannot create the container: no$/,
    ],
    ["is gone with docker: that is not its fault", () => check(), (vm) => vm.programs.set("status", ""), /^$/],
  ])("one that %s does not take over", (_, declared, breaks, said) => {
    const vm = vmWith(declared());
    breaks(vm);
    const { status, stdout } = beside(vm);
    expect([status, stdout]).toEqual([1, expect.stringMatching(said)]);
    expect(vm.has("takes-over")).toBe(false);
  });
});

describe("the unit whose container was taken over", () => {
  function vmTakingOver(mounts = ""): FakeVm {
    const vm = vmWith();
    vm.programs.set("container-app", "0next app\n");
    vm.save("takes-over", `0next\n${mounts}`);
    vm.programs.set("ended", "0\n");
    return vm;
  }
  const started = (vm: FakeVm) => vm.programs.callsOf("docker").filter((call) => /^(create|start|stop|rm) /.test(call));

  test("goes on with it, and neither stops nor removes it before", () => {
    const vm = vmTakingOver();
    vm.run("stop-container.sh", ["app"], { MAINPID: "1" });
    vm.run("remove-container.sh", ["app"]);
    expect(started(vm)).toEqual([]);
    vm.run("container.sh", ["app"]);
    expect(started(vm)).toEqual([]);
    expect(vm.saved("running")).toBe(VERSION);
    expect(vm.has("takes-over")).toBe(false);
  });

  test("creates another one where the mounts are others by now, or where it is another container", () => {
    for (const vm of [vmTakingOver("1 0:1 /gone"), vmTakingOver()]) {
      if (!vm.saved("takes-over").includes("gone")) vm.programs.set("container-app", "other app\n");
      vm.run("container.sh", ["app"]);
      expect(started(vm)).toEqual(expect.arrayContaining([expect.stringMatching(/^create --name=app /), "start app"]));
      expect(vm.has("takes-over")).toBe(false);
    }
  });
});

describe("an app that was taken over from", () => {
  let listening: Server;
  let client: Socket | undefined;
  beforeEach(async () => {
    listening = createServer().listen(0, "127.0.0.1");
    await once(listening, "listening");
  });
  afterEach(() => {
    client?.destroy();
    listening.close();
  });
  const itsPort = () => (listening.address() as AddressInfo).port;

  function retires(ports: string) {
    const vm = vmWith();
    vm.programs.set("container-app-old", "0old app\n");
    vm.programs.set("pid", `${process.pid} 1\n`);
    vm.save("retired-ports", ports);
    vm.run("retire.sh");
    const calls = vm.programs.callsOf("docker").filter((call) => /^(stop|rm) /.test(call));
    return { waited: vm.programs.callsOf("sleep").length > 0, calls };
  }

  test("is stopped and removed at once where nobody is connected to its ports", () => {
    expect(retires(`${itsPort()}\0`)).toEqual({ waited: false, calls: ["stop 0old", "rm --force --volumes 0old"] });
  });

  test("is tried again where docker is down: it may live on", () => {
    const vm = vmWith();
    vm.programs.set("container-app-old", "0old app\n");
    vm.save("retired-ports", "");
    vm.change("common.sh", "== active ]]", "== none ]]");
    expect(vm.run("retire.sh").status).toBe(1);
    expect(vm.has("retired-ports")).toBe(true);
    expect(vm.programs.callsOf("docker")).toEqual([]);
  });

  test("has as long as it has to stop to finish what it is asked for", async () => {
    client = connect(itsPort(), "127.0.0.1");
    await once(listening, "connection");
    expect(retires(`${itsPort()}\0`).waited).toBe(true);
    expect(retires("9\0").waited).toBe(false);
  });
});
