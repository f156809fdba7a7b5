import { join } from "node:path";
import { Declaration, MountDeclaration } from "../../../lib/boot/declaration";
import { mountOf, sample } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const PASSWD = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:34::/var/www:/bin/sh\n";
const GROUP = "root:x:0:\nwww-data:x:34:\nstaff:x:50:\n";

/** owner.sh for the first mount, in a machine whose app's image has the given files. */
function owner(
  declaration: Partial<Declaration> = {},
  files: { [name: string]: string } = {},
  change?: (vm: FakeVm) => void,
) {
  const vm = new FakeVm(sample(declaration));
  const all = { "image/etc/passwd": PASSWD, "image/etc/group": GROUP, ...files };
  Object.entries(all).forEach(([name, text]) => vm.programs.set(name, text));
  change?.(vm);
  const ended = vm.run("owner.sh", [vm.config, "gcsfuse-0"]);
  const file = "declarations/0123abcd/gcsfuse-0/owner";
  return { vm, ...ended, owner: vm.has(file) ? vm.saved(file) : undefined };
}

test.each([
  ["root where neither the app nor its image says anything", undefined, {}, {}, "0:0 everybody"],
  ["the image's user", undefined, {}, { user: "www-data\n" }, "33:34"],
  ["the app's user rather than the image's", "root", {}, { user: "www-data\n" }, "0:0 everybody"],
  ["a number, with its group in the image", "33", {}, {}, "33:34"],
  ["a number that the image does not know", "1234", {}, {}, "1234:0"],
  ["a user with a group", "www-data:staff", {}, {}, "33:50"],
  ["numbers", "5:6", {}, {}, "5:6"],
  ["what the mount says", "www-data", { uid: 7, gid: 8 }, {}, "7:8"],
  ["what the mount says of one of both", "www-data", { gid: 0 }, {}, "33:0"],
  ["a number in an image without users", "9", {}, { "image/etc/passwd": "" }, "9:0"],
])("%s", (_, user, mount, files, expected) => {
  expect(owner({ user, mounts: [mountOf(mount)] }, files)).toMatchObject({
    status: 0,
    stdout: "",
    stderr: "",
    owner: `${expected}\n`,
  });
});

describe("of an app that starts as root, the image tells who writes", () => {
  const folder = { "image/srv/app/uploads/.keep": "" };
  const of = (path: string, id: string) => ({ [`owner-of${path}/id`]: `${id}\n` });

  test.each<[string, Partial<MountDeclaration>, { [name: string]: string }, string]>([
    ["the owner of its folder", {}, { ...folder, ...of("/srv/app/uploads", "33 34 755") }, "33:34"],
    ["of the folder itself, not the one above", {}, { ...folder, ...of("/srv/app", "33 34 755") }, "0:0 everybody"],
    [
      "of the nearest folder above where it has none",
      {},
      { "image/srv/app/x": "", ...of("/srv/app", "33 34 755") },
      "33:34",
    ],
    ["of one further above", {}, { "image/srv/x": "", ...of("/srv", "33 34 755") }, "33:34"],
    ["and its group, where that may write", {}, { ...folder, ...of("/srv/app/uploads", "33 34 775") }, "33:34 group"],
    ["and everybody, where they may", {}, { ...folder, ...of("/srv/app/uploads", "33 34 777") }, "33:34 everybody"],
    ["everybody where it is root's", {}, { ...folder, ...of("/srv/app/uploads", "0 34 755") }, "0:34 everybody"],
    [
      "but not where the mount gives an owner",
      { uid: 0 },
      { ...folder, ...of("/srv/app/uploads", "33 34 755") },
      "0:0",
    ],
    ["nor a group", { gid: 7 }, { ...folder, ...of("/srv/app/uploads", "33 34 755") }, "0:7"],
    [
      "nobody else where the mount gives a mode",
      { gcsfuseConfig: { "file-system": { "dir-mode": "0755" } } },
      { ...folder, ...of("/srv/app/uploads", "33 34 777") },
      "33:34",
    ],
    ["nor where it is only read", { readOnly: true }, { ...folder, ...of("/srv/app/uploads", "0 0 777") }, "0:0"],
  ])("%s", (_, mount, files, expected) => {
    expect(owner({ mounts: [mountOf(mount)] }, files)).toMatchObject({ status: 0, owner: `${expected}\n` });
  });

  test("its own group stays where it is given", () => {
    const files = { ...folder, ...of("/srv/app/uploads", "33 34 755") };
    expect(owner({ user: "root:staff" }, files)).toMatchObject({ status: 0, owner: "33:50\n" });
  });

  test("which an app that does not start as root does not ask", () => {
    const files = { ...folder, ...of("/srv/app/uploads", "7 8 777") };
    expect(owner({ user: "www-data" }, files)).toMatchObject({ status: 0, owner: "33:34\n" });
  });

  test("a user whose number is none is no root, and is never run", () => {
    const files = { "image/etc/passwd": "odd:x:a[$(touch $RUN_FOLDER/evil)]:1::/:/bin/sh\n" };
    const ended = owner({ user: "odd" }, files);
    expect(ended).toMatchObject({ status: 1, owner: undefined });
    expect(ended.vm.has("evil")).toBe(false);
  });

  test("docker that does not give its files is a reason to fail, and not a folder that is not there", () => {
    const gone = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
    expect(owner({}, { ...folder, "cp-fails": gone })).toMatchObject({ status: 1, stdout: gone, owner: undefined });
  });
});

test("the names in the image's folder are written for fill.sh", () => {
  const names = (files: { [name: string]: string }) =>
    owner({}, files).vm.saved("declarations/0123abcd/gcsfuse-0/image-names").split("\0").sort();
  expect(names({ "image/srv/app/uploads/a/b": "", "image/srv/app/uploads/c d": "" })).toEqual(["", "a", "c d"]);
  expect(names({ "image/srv/app/x": "" })).toEqual([""]);
  // It is no folder in the image.
  expect(names({ "image/srv/app/uploads": "" })).toEqual([""]);
});

describe("without an owner it fails, and says why", () => {
  test.each([
    ["a user that is not in the image", "nobody", {}, "the image has no user 'nobody'"],
    ["a group that is not in the image", "root:wheel", {}, "the image has no group 'wheel'"],
    [
      "a user without a number",
      "odd",
      { "image/etc/passwd": "odd:x:ten:1::/:/bin/sh\n" },
      "the user 'odd' is 'ten:1' in the image",
    ],
    [
      "a user whose number has leading zeros",
      "odd",
      { "image/etc/passwd": "odd:x:010:1::/:/bin/sh\n" },
      "the user 'odd' is '010:1' in the image",
    ],
    ["a number with leading zeros", undefined, { user: "010\n" }, "the image has no user '010'"],
  ])("%s", (_, user, files, reason) => {
    expect(owner({ user }, files)).toMatchObject({ status: 1, stdout: reason, owner: undefined });
  });

  test.each(["uid", "gid"])("a %s that is no number is read, and never run", (name) => {
    const evil = "0; touch $RUN_FOLDER/evil $(touch $RUN_FOLDER/evil)";
    const ended = owner({}, {}, (vm) => vm.write(`gcsfuse-0/${name}`, evil));
    expect(ended).toMatchObject({ status: 1, stdout: `the ${name} '${evil}' is not a number`, owner: undefined });
    expect(ended.vm.has("evil")).toBe(false);
  });

  test("a container of somebody else's that has the name", () => {
    const conflict = 'Conflict. The container name "/gcsfuse-0-files" is already in use.';
    const ended = owner({ user: "www-data" }, { "container-gcsfuse-0-files": "beef0123 \n", "create-fails": conflict });
    expect(ended).toMatchObject({ status: 1, stdout: conflict, owner: undefined });
    expect(ended.vm.programs.callsOf("docker").filter((call) => call.startsWith("rm"))).toEqual([]);
  });
});

test("the image is looked into and not run, in a container that has the app's label and no network", () => {
  const { vm } = owner({ user: "www-data:staff" });
  const calls = vm.programs.callsOf("docker").filter((call) => /^(create|start|run)/.test(call));
  const create = "create --name gcsfuse-0-files --label gcs-backed-container-app=app --network none app:1 none";
  expect(calls).toEqual([create]);
});

test("an owner that is there already is left, and docker is not asked", () => {
  const { vm, status, owner: found } = owner({ user: "www-data" }, {}, (one) => one.write("gcsfuse-0/owner", "1:2\n"));
  expect({ status, found }).toEqual({ status: 0, found: "1:2\n" });
  expect(vm.programs.callsOf("docker")).toEqual([]);
});

test("it looks at the declaration that it is told, whichever runs", () => {
  const { vm } = owner({ user: "root" });
  const other = new FakeVm(sample({ image: "app:2", user: "www-data" }));
  expect(vm.run("owner.sh", [other.config, "gcsfuse-0"]).status).toBe(0);
  expect(other.saved("declarations/0123abcd/gcsfuse-0/owner")).toBe("33:34\n");
  expect(vm.programs.callsOf("docker").some((call) => call.endsWith(" app:2 none"))).toBe(true);
});

test("two at a time take their turns: the second leaves what the first has found", () => {
  const twice = new FakeVm(sample({ user: "www-data" }));
  Object.entries({ "image/etc/passwd": PASSWD }).forEach(([name, text]) => twice.programs.set(name, text));
  const script = join(twice.scripts, "owner.sh");
  const both = `bash '${script}' "$config" gcsfuse-0 & bash '${script}' "$config" gcsfuse-0 & wait`;
  expect(twice.shell(both).stdout).toBe("");
  expect(twice.programs.callsOf("docker").filter((call) => call.startsWith("create"))).toHaveLength(1);
});
