import { join } from "node:path";
import { hashOf } from "../../support/watched-machine";
import { modeOf, textOf } from "../../support/folder";
import { sample } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const IMAGE = "gcsfuse:1";

/** A machine whose gcsfuse image has the program. */
function vmWith(programs: { [name: string]: string } = {}, program = "\x7fELF program"): FakeVm {
  const vm = new FakeVm(sample(), { findmnt: "echo rw,nosuid,nodev", ...programs });
  vm.write("gcsfuse-image", IMAGE);
  vm.programs.set("image/usr/local/bin/with-secrets", program);
  return vm;
}

const copy = (vm: FakeVm) => vm.run("with-secrets.sh", [vm.config, "app"]);
const pathIn = (vm: FakeVm) => join(vm.runFolder, "with-secrets", hashOf(IMAGE));

test("the program comes from the gcsfuse image, which is not run", () => {
  const vm = vmWith();
  expect(copy(vm)).toEqual({ status: 0, stdout: pathIn(vm), stderr: "" });
  expect([textOf(pathIn(vm)), modeOf(pathIn(vm))]).toEqual(["\x7fELF program", "755"]);
  expect(vm.programs.callsOf("docker").filter((call) => /^(create|start|run|cp)/.test(call))).toEqual([
    "create --name with-secrets-app --label gcs-backed-container-app=app --network none gcsfuse:1 none",
    "cp --follow-link with-secrets-app:/usr/local/bin/with-secrets -",
  ]);
});

test("once for each image", () => {
  const vm = vmWith();
  copy(vm);
  const calls = vm.programs.callsOf("docker").length;
  expect(copy(vm).stdout).toBe(pathIn(vm));
  expect(vm.programs.callsOf("docker")).toHaveLength(calls);
  vm.write("gcsfuse-image", "gcsfuse:2");
  vm.programs.set("image/usr/local/bin/with-secrets", "another one");
  const { stdout } = copy(vm);
  expect(stdout).not.toBe(pathIn(vm));
  expect(textOf(stdout)).toBe("another one");
});

test("where nothing may be executed, it gets a file system of its own", () => {
  const mounts = (vm: FakeVm) => {
    copy(vm);
    return vm.programs.callsOf("mount");
  };
  const noexec = vmWith({ findmnt: "echo rw,nosuid,nodev,noexec,relatime" });
  expect(mounts(noexec)).toEqual([
    `-t tmpfs -o size=16m,mode=0755,nosuid,nodev,exec with-secrets ${noexec.runFolder}/with-secrets`,
  ]);
  expect(mounts(vmWith())).toEqual([]);
});

describe("it fails, and says why", () => {
  test("an image without the program, one of the user's for example", () => {
    const vm = vmWith({}, "");
    expect(copy(vm)).toMatchObject({
      status: 1,
      stdout:
        "the image gcsfuse:1 has no /usr/local/bin/with-secrets, with which a container with secrets begins: build it from this version of container/gcsfuse",
    });
  });

  test("an engine that creates no container", () => {
    const vm = vmWith();
    vm.programs.set("create-fails", "no space left on device");
    expect(copy(vm)).toMatchObject({ status: 1, stdout: "no space left on device" });
  });

  test("a file system that cannot be mounted", () => {
    const vm = vmWith({ findmnt: "echo noexec", mount: "echo 'mount: not allowed' >&2; exit 32" });
    expect(copy(vm)).toMatchObject({
      status: 1,
      stdout: `the folder ${vm.runFolder}/with-secrets could not be created: mount: not allowed`,
    });
  });
});
