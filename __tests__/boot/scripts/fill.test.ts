import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../../lib/boot/declaration";
import { mountOf, sample } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const MARKER = ".gcs-backed-container-app-filling";
const IMAGE = { "image/srv/app/uploads/a.txt": "from the image", "image/srv/app/uploads/b/c": "1" };

/** fill.sh for the first mount, after owner.sh has looked into the image. */
function fill(
  declaration: Partial<Declaration> = {},
  files: { [name: string]: string } = IMAGE,
  there: { [name: string]: string } = {},
  change?: (vm: FakeVm) => void,
) {
  const vm = new FakeVm(sample(declaration));
  Object.entries(files).forEach(([name, text]) => vm.programs.set(name, text));
  Object.entries(there).forEach(([name, text]) => vm.save(`gcsfuse-0/fs/${name}`, text));
  expect(vm.run("owner.sh", [vm.config, "gcsfuse-0"])).toMatchObject({ status: 0, stdout: "" });
  change?.(vm);
  const ended = vm.run("fill.sh", ["gcsfuse-0"]);
  const { "gcsfuse-0.files": said, "gcsfuse-0.hidden": hidden } = vm.states;
  return { vm, ...ended, said, hidden, names: readdirSync(join(vm.runFolder, "gcsfuse-0/fs")).sort() };
}

const creates = ({ programs }: FakeVm) =>
  programs.callsOf("docker").filter((call) => call.startsWith("create --name gcsfuse-0-image "));

test("an empty folder gets what the image has there, and says so", () => {
  const { vm, status, stdout, said, hidden, names } = fill();
  expect({ status, names, hidden }).toEqual({ status: 0, names: ["a.txt", "b"], hidden: undefined });
  expect(said).toBe("it was empty and has got 3 files and folders of the image");
  expect(stdout).toContain("gcsfuse-0: starting copying the image's files into the empty folder\n");
  expect(vm.saved("gcsfuse-0/fs/a.txt")).toBe("from the image");
});

test("the image is not run, and its container is removed", () => {
  const { vm } = fill({}, { ...IMAGE, "container-gcsfuse-0-image": "beef0123 app\n" });
  const label = "--label gcs-backed-container-app=app";
  expect(creates(vm)).toEqual([`create --name gcsfuse-0-image ${label} --network none app:1 none`]);
  expect(vm.programs.callsOf("docker").at(-1)).toBe("rm --force --volumes beef0123");
  expect(vm.programs.callsOf("docker").filter((call) => /^(start|run) /.test(call))).toEqual([]);
});

test("a second start copies nothing, and says nothing", () => {
  const { vm } = fill();
  vm.save("gcsfuse-0/fs/a.txt", "changed by the app");
  expect(vm.run("fill.sh", ["gcsfuse-0"])).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(vm.saved("gcsfuse-0/fs/a.txt")).toBe("changed by the app");
  expect(vm.states["gcsfuse-0.files"]).toBeUndefined();
  expect(creates(vm)).toHaveLength(1);
});

describe("nothing is copied", () => {
  test.each<[string, Partial<Declaration>, { [name: string]: string }, { [name: string]: string }, string[]]>([
    ["where the image has nothing", {}, { "image/srv/app/x": "" }, {}, []],
    ["where the mount says so", { mounts: [mountOf({ noCopy: true })] }, IMAGE, {}, []],
    ["where it may only be read", { mounts: [mountOf({ readOnly: true })] }, IMAGE, {}, []],
    ["where something is there", {}, IMAGE, { other: "" }, ["other"]],
    [
      "where it may only be read, whatever the folder says",
      { mounts: [mountOf({ readOnly: true })] },
      IMAGE,
      { [MARKER]: "" },
      [MARKER],
    ],
  ])("%s", (_, declaration, files, there, names) => {
    const ended = fill(declaration, files, there);
    expect(ended).toMatchObject({ status: 0, stdout: "", stderr: "", names });
    expect(creates(ended.vm)).toEqual([]);
  });
});

describe("what the image has and the mount hides is named", () => {
  test("where the bucket has other files", () => {
    const { said, hidden } = fill({}, IMAGE, { other: "" });
    expect(said).toMatch(/^it hides what the image has there: (a\.txt, b|b, a\.txt)$/);
    expect(hidden!.split("\0").sort()).toEqual(["", "a.txt", "b"]);
  });

  test("where it has some of them", () => {
    expect(fill({}, IMAGE, { b: "" })).toMatchObject({
      said: "it hides what the image has there: a.txt",
      hidden: "a.txt\0",
    });
  });

  test("on a mount that may only be read", () => {
    expect(
      fill({ mounts: [mountOf({ readOnly: true })] })
        .hidden!.split("\0")
        .sort(),
    ).toEqual(["", "a.txt", "b"]);
  });

  test("the first three of them, in one line", () => {
    const files = Object.fromEntries(["a b", "c", "d", "e", "f"].map((name) => [`image/srv/app/uploads/${name}`, ""]));
    const { said } = fill({}, files, { other: "" });
    expect(said).toMatch(/^it hides what the image has there: .*, .*, .* and 2 more$/);
    expect(said).not.toContain("\n");
  });

  test("and not where the mount says that nothing is to be copied", () => {
    const { said, hidden } = fill({ mounts: [mountOf({ noCopy: true })] }, IMAGE, { other: "" });
    expect({ said, hidden }).toEqual({ said: undefined, hidden: undefined });
  });
});

describe("an interrupted filling", () => {
  test("fails while the archive ends early, however whole it looks, and is gone on with then", () => {
    const { vm, status, stderr, names } = fill({}, { ...IMAGE, "cp-breaks": "unexpected EOF\n" });
    expect({ status, stderr, names }).toEqual({ status: 1, stderr: "unexpected EOF", names: [MARKER, "a.txt", "b"] });
    const again = vm.run("fill.sh", ["gcsfuse-0"]);
    expect(again.status).toBe(0);
    expect(readdirSync(join(vm.runFolder, "gcsfuse-0/fs")).sort()).toEqual(["a.txt", "b"]);
  });

  test("is gone on with by another machine, which finds the mark", () => {
    const { status, names, vm } = fill({}, IMAGE, { [MARKER]: "", "a.txt": "from" });
    expect({ status, names }).toEqual({ status: 0, names: ["a.txt", "b"] });
    expect(vm.saved("gcsfuse-0/fs/a.txt")).toBe("from the image");
  });

  test("is over where the image has nothing any more", () => {
    const { status, names } = fill({}, { "image/srv/app/x": "" }, { [MARKER]: "", "a.txt": "from" });
    expect({ status, names }).toEqual({ status: 0, names: ["a.txt"] });
  });
});

describe("a folder whose listing takes long", () => {
  // Killed, as timeout does.
  const timeout = `if [[ $* == *image-files.py* ]]; then exit 137; fi; exec /usr/bin/timeout "$@"`;

  test("is not empty, if the bucket answers", () => {
    const vm = new FakeVm(sample(), { timeout });
    Object.entries(IMAGE).forEach(([name, text]) => vm.programs.set(name, text));
    vm.run("owner.sh", [vm.config, "gcsfuse-0"]);
    expect(vm.run("fill.sh", ["gcsfuse-0"])).toMatchObject({ status: 0, stderr: "" });
    expect(vm.states["gcsfuse-0.hidden"]).toContain("a.txt\0");
    expect(creates(vm)).toEqual([]);
  });

  test("may be empty, if it does not", () => {
    const vm = new FakeVm(sample(), { timeout, stat: "sleep 1; exit 1" });
    Object.entries(IMAGE).forEach(([name, text]) => vm.programs.set(name, text));
    vm.run("owner.sh", [vm.config, "gcsfuse-0"]);
    const ended = vm.run("fill.sh", ["gcsfuse-0"]);
    expect(ended).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot be listed") });
  });
});
