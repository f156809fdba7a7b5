import { FakeVm } from "../../support/vm";
import { createHash } from "node:crypto";
import { sample } from "../../support/sample-declaration";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const CURL = 'echo "${*: -1}" >"$state/url"; for one; do [[ $one != @* ]] || cat "${one#@}" >"$state/reported"; done';

describe("the words of a text as JSON", () => {
  const vm = new FakeVm(sample());
  const json = (text: string | Buffer) => {
    // Arguments of node are text; printf writes any byte.
    const octal = [...Buffer.from(text)].map((byte) => `\\0${byte.toString(8)}`).join("");
    const { stdout } = vm.programs.run(
      ["bash", "-c", 'source "$0/common.sh"; json_string "$(printf %b "$1")" | base64 --wrap 0', vm.scripts, octal],
      { HOME: vm.runFolder, RUN_FOLDER: vm.runFolder },
    );
    const bytes = Buffer.from(stdout, "base64");
    // Throws on what is not UTF-8.
    return JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(bytes)) as string;
  };

  test.each([
    ["plain", "plain"],
    ['a "quoted" \\ word', 'a "quoted" \\ word'],
    ["two\nlines\tand a tab", "two lines and a tab"],
    ["日本 é 😀", "日本 é 😀"],
    ["", ""],
  ])("%j", (text, expected) => {
    expect(json(text)).toBe(expected);
  });

  test.each([1, 2, 3, 4])("a character of %d bytes is not cut", (bytes) => {
    const character = ["a", "é", "本", "😀"][bytes - 1];
    for (const before of [500 - bytes, 501 - bytes, 499]) {
      const cut = json("x".repeat(before) + character.repeat(3));
      expect(cut).toMatch(/^x+.*$/u);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(500 - 4);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(500);
      expect(("x".repeat(before) + character.repeat(3)).startsWith(cut)).toBe(true);
    }
  });

  test("what is not UTF-8 is replaced", () => {
    const bytes = [Buffer.from([0x61, 0xff, 0x62, 0xc3, 0x63]), Buffer.from("x".repeat(10))];
    expect(json(Buffer.concat(bytes))).toMatch(/^a\?b\?cx+$/);
  });
});

describe("the state", () => {
  const declaration = sample();

  test("of a part is its word and a message, and is said when it changes", () => {
    const vm = new FakeVm(declaration);
    const twice = "set_state app starting 'one thing'; set_state app starting 'one thing'; set_state app live ''";
    expect(vm.shell(twice)).toMatchObject({ status: 0, stdout: "app: starting one thing\napp: live \n" });
    expect(vm.states).toEqual({ app: "live " });
  });

  test("is reported as one value, and only when it is another", () => {
    const vm = new FakeVm(declaration, { curl: CURL });
    vm.shell("set_state app starting 'say \"hi\"'; set_state gcsfuse-0 mounted ''; set_state update none ''", [], {
      REPORT_STATE: "",
    });
    expect(JSON.parse(vm.programs.get("reported"))).toEqual({
      running: { declaration: "", userData: "" },
      wanted: { declaration: "", userData: "" },
      app: { state: "starting", message: 'say "hi"' },
      update: { state: "none", message: "" },
    });
    expect(vm.programs.callsOf("curl")).toHaveLength(1);
    expect(vm.programs.get("url")).toBe(
      "http://169.254.169.254/computeMetadata/v1/instance/guest-attributes/gcs-backed-container-app/status\n",
    );
    expect(vm.programs.callsOf("curl")[0]).toMatch(/--request PUT --header Metadata-Flavor: Google/);
  });

  test("names what runs and what is wanted, by their hashes", () => {
    const vm = new FakeVm(declaration, { curl: CURL });
    vm.change("common.sh", /^booted_user_data=.*$/m, "booted_user_data=$HOME/booted");
    vm.save("booted", "#cloud-config\n1");
    vm.save("running", "0123abcd");
    vm.save("wanted/declaration", "{}");
    vm.save("wanted/user-data", "#cloud-config\n2");
    vm.shell("publish_state", [], { REPORT_STATE: "" });
    expect(JSON.parse(vm.programs.get("reported"))).toMatchObject({
      running: { declaration: "0123abcd", userData: hashOf("#cloud-config\n1") },
      wanted: { declaration: hashOf("{}"), userData: hashOf("#cloud-config\n2") },
    });
  });

  test("that could not be reported is reported with the next one", () => {
    const vm = new FakeVm(declaration, { curl: "exit 7" });
    const { stdout } = vm.shell("set_state app live ''; publish_state", [], { REPORT_STATE: "" });
    expect(vm.programs.callsOf("curl")).toHaveLength(2);
    expect(stdout).toContain("the state could not be reported");
  });

  test("is not reported where there is nobody to report it to", () => {
    const vm = new FakeVm(declaration, { curl: CURL });
    vm.shell("set_state app live ''");
    expect(vm.programs.callsOf("curl")).toEqual([]);
  });
});

describe("an image", () => {
  test("that is here is not asked for: a registry that is down does not keep the app down", () => {
    const vm = new FakeVm(sample());
    expect(vm.shell("wait_for_image app app:1; echo here").stdout).toBe("here\n");
    expect(vm.programs.callsOf("docker")).toEqual(["image inspect app:1"]);
  });

  test("that is not here is pulled until it is, and the state says why it is not", () => {
    const docker = `
case $1 in
  image) [[ -e $state/here ]] ;;
  pull) if [[ -e $state/tried ]]; then touch "$state/here"; else touch "$state/tried"; echo 'no such host' >&2; exit 1; fi ;;
esac`;
    const vm = new FakeVm(sample(), { docker });
    expect(vm.shell("wait_for_image app app:1").stdout).toBe(
      "app: starting pulling app:1\napp: starting cannot pull app:1: no such host\napp: starting pulling app:1\n",
    );
  });
});

describe("containers of other programs", () => {
  const declaration = sample();
  const vmWith = (container: string) => {
    const vm = new FakeVm(declaration);
    vm.programs.set("container-app", container);
    return vm;
  };

  test.each([
    ["the app's own", "0123abcd app\n", ["rm --force --volumes 0123abcd"]],
    ["another app's", "0123abcd shop\n", []],
    ["one without a label", "0123abcd \n", []],
    ["none", "", []],
  ])("%s", (_, container, removed) => {
    const vm = vmWith(container);
    expect(vm.shell("remove_container app; echo done").stdout).toBe("done\n");
    expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("rm"))).toEqual(removed);
  });

  test.each([
    ["the app's own", "0123abcd app\n", ["stop 0123abcd"]],
    ["another app's", "0123abcd shop\n", []],
    ["one without a label", "0123abcd \n", []],
  ])("is stopped with the unit only if it is the app's: %s", (_, container, stopped) => {
    const vm = vmWith(container);
    vm.run("stop-container.sh", ["app"]);
    expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("stop"))).toEqual(stopped);
  });
});

describe("when a unit's container is stopped and removed", () => {
  const declaration = sample();

  test("gcsfuse is asked again and again", () => {
    const vm = new FakeVm(declaration, { sleep: "/bin/sleep 0.1" });
    vm.programs.set("container-gcsfuse-0", "beef0123 app\n");
    vm.programs.set("stop-takes", "0.6");
    vm.run("stop-container.sh", ["gcsfuse-0"]);
    expect(vm.programs.callsOf("docker")).toContain("stop beef0123");
    expect(
      vm.programs.callsOf("docker").filter((call) => call === "kill --signal TERM beef0123").length,
    ).toBeGreaterThan(1);
  });

  test("an app is told once: another signal could mean something else to it", () => {
    const vm = new FakeVm(declaration, { sleep: "/bin/sleep 0.1" });
    vm.programs.set("container-app", "0123abcd app\n");
    vm.programs.set("stop-takes", "0.6");
    vm.run("stop-container.sh", ["app"]);
    expect(vm.programs.callsOf("docker").filter((call) => /^(kill|stop)/.test(call))).toEqual(["stop 0123abcd"]);
  });

  test("docker is not asked while it is down: its unit waits for this one", () => {
    for (const state of ["inactive", "deactivating", "failed"]) {
      const vm = new FakeVm(declaration, { systemctl: `echo ${state}` });
      expect(vm.run("stop-container.sh", ["app"]).status).toBe(0);
      expect(vm.run("remove-container.sh", ["app"]).status).toBe(0);
      expect(vm.programs.callsOf("docker")).toEqual([]);
    }
  });

  test("a mount counts as gone, though its container may answer while docker is down", () => {
    const vm = new FakeVm(declaration, { systemctl: "echo failed" });
    vm.setState("gcsfuse-0", "mounted as 33:33");
    vm.run("remove-container.sh", ["gcsfuse-0"]);
    expect(vm.states["gcsfuse-0"]).toBe("starting its unit has ended");
  });

  test("the app's state stays as its script has left it", () => {
    const vm = new FakeVm(declaration);
    vm.setState("app", "stopped the app ended with exit code 0");
    vm.run("stop-container.sh", ["app"]);
    vm.run("remove-container.sh", ["app"]);
    expect(vm.states.app).toBe("stopped the app ended with exit code 0");
  });

  test("an app that is stopped from outside says so", () => {
    const vm = new FakeVm(declaration);
    vm.setState("app", "live ");
    vm.run("stop-container.sh", ["app"], { MAINPID: "1" });
    expect(vm.states.app).toBe(
      "starting it is stopped: for another declaration, or together with a mount, docker or the machine",
    );
  });
});

describe("the declaration", () => {
  test("that runs is the one that is linked to when a script begins", () => {
    const vm = new FakeVm(sample());
    const another = 'mkdir "$run/declarations/another"; ln -sfn "$run/declarations/another" "$run/config"';
    expect(vm.shell(`${another}; echo "$config $DOCKER_CONFIG"`).stdout).toBe(`${vm.config} ${vm.config}/docker\n`);
  });
});
