import { mountOf, sample } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const PASSWD = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:34::/var/www:/bin/sh\n";
const GROUP = "root:x:0:\nwww-data:x:34:\nstaff:x:50:\n";
/** In the end gcsfuse is there no more. */
const ENDED = { ended: "137\n", "image/etc/passwd": PASSWD, "image/etc/group": GROUP };

function vmWith(spec = sample(), files: { [name: string]: string } = ENDED, programs: { [name: string]: string } = {}) {
  const vm = new FakeVm(spec, programs);
  Object.entries(files).forEach(([name, text]) => vm.programs.set(name, text));
  return vm;
}

/** What the container of gcsfuse was created with. */
function sidecar(vm: FakeVm): string[] {
  const created = vm.programs.get("created").split(/^(?=create$)/m);
  const last = created.filter((one) => one.includes("\n--name=gcsfuse-0\n")).at(-1)!;
  return last.split("\n").slice(0, -1);
}

test("the sidecar is created with its options, the owner of the files, and its command", () => {
  const spec = sample({ user: "www-data" });
  const vm = vmWith(spec);
  expect(vm.run("gcsfuse.sh", ["0"])).toMatchObject({ status: 1, stderr: "" });
  const created = sidecar(vm);
  expect(created).toEqual(
    expect.arrayContaining(["--name=gcsfuse-0", "--label=gcs-backed-container-app=app", "--cap-drop=ALL"]),
  );
  expect(created.slice(created.indexOf("gcsfuse:1"))).toEqual([
    "gcsfuse:1",
    "--uid=33",
    "--gid=34",
    "--config-file=/etc/gcsfuse/config.yaml",
    "files",
    `${vm.runFolder}/gcsfuse-0/fs`,
  ]);
});

test("its own image is waited for first, while the container's unit pulls the app's", () => {
  const vm = vmWith();
  vm.run("gcsfuse.sh", ["0"]);
  const awaited = vm.programs.callsOf("docker").filter((call) => /^image inspect [^-]/.test(call));
  expect(awaited.slice(0, 2)).toEqual(["image inspect gcsfuse:1", "image inspect app:1"]);
});

test("gcsfuse's config file is given to the sidecar, from the declaration that it was started for", () => {
  const vm = vmWith();
  vm.run("gcsfuse.sh", ["0"]);
  expect(sidecar(vm)).toContain(
    `--mount=type=bind,source=${vm.config}/gcsfuse-0/config.yaml,target=/etc/gcsfuse/config.yaml,readonly`,
  );
});

describe("where others than the owner may write", () => {
  const flags = (files: { [name: string]: string }) => {
    const gcsfuseConfig = { "file-system": { "fuse-options": ["allow_other", "noatime"] } };
    const spec = sample({ mounts: [mountOf({ gcsfuseConfig })] });
    const vm = vmWith(spec, { ...ENDED, "image/srv/app/uploads/.keep": "", ...files });
    vm.run("gcsfuse.sh", ["0"]);
    return sidecar(vm).filter((argument) => /^--(env|file-mode|dir-mode)=/.test(argument));
  };

  test("the kernel does not compare users, with a sidecar that knows how to mount so", () => {
    expect(flags({ "image-env": "PATH=/bin\nFUSE_OPTIONS=\n" })).toEqual(["--env=FUSE_OPTIONS=allow_other,noatime"]);
  });

  test("modes let everybody write, with another sidecar", () => {
    expect(flags({ "image-env": "PATH=/bin\nMY_FUSE_OPTIONS=\n" })).toEqual(["--file-mode=666", "--dir-mode=777"]);
  });

  test("modes let the group write", () => {
    const group = { "owner-of/srv/app/uploads/id": "33 34 775\n", "image-env": "FUSE_OPTIONS=\n" };
    expect(flags(group)).toEqual(["--file-mode=664", "--dir-mode=775"]);
  });

  test("nothing is said to gcsfuse where only the owner may", () => {
    expect(flags({ "owner-of/srv/app/uploads/id": "33 34 755\n", "image-env": "FUSE_OPTIONS=\n" })).toEqual([]);
  });
});

test("other users of the machine do not reach the mount", () => {
  const vm = vmWith();
  vm.run("gcsfuse.sh", ["0"]);
  expect(vm.programs.callsOf("mount")[0]).toMatch(/^-t tmpfs -o size=64k,mode=0700,nosuid,nodev gcsfuse-0 /);
});

describe("the image's own files", () => {
  const FILES = { "image/srv/app/uploads/a.txt": "from the image", "image/srv/app/uploads/b/c": "1" };

  test("are copied into an empty bucket before it says that it is mounted, and it says so", () => {
    const vm = vmWith(sample(), { ...ENDED, ...FILES });
    const { stdout } = vm.run("gcsfuse.sh", ["0"]);
    expect(stdout).toMatch(
      /starting mounting\n.*starting copying the image's files.*\n.*mounted as 0:0, .*; it was empty and has got 3 files and folders of the image\n/,
    );
    expect(vm.saved("gcsfuse-0/fs/a.txt")).toBe("from the image");
  });

  test("are tried again until they are all there", () => {
    const vm = vmWith(sample(), { ...ENDED, ...FILES, "cp-breaks": "unexpected EOF" });
    const { stdout } = vm.run("gcsfuse.sh", ["0"]);
    expect(stdout).toMatch(/cannot copy the image's files: unexpected EOF\n(.*\n)*.*mounted as 0:0, .* has got/);
  });

  test("that the bucket's hide are named", () => {
    const vm = vmWith(sample(), { ...ENDED, ...FILES });
    vm.save("gcsfuse-0/fs/other", "");
    expect(vm.run("gcsfuse.sh", ["0"]).stdout).toMatch(
      /mounted as .*; it hides what the image has there: (a.txt, b|b, a.txt)\n/,
    );
  });
});

test("its state says that it was mounted, and that it is so no more", () => {
  const vm = vmWith();
  expect(vm.run("gcsfuse.sh", ["0"]).stdout).toMatch(
    /gcsfuse-0: mounted as 0:0, for everybody to write\ngcsfuse-0: starting gcsfuse has ended/,
  );
  expect(vm.states["gcsfuse-0"]).toBe("starting gcsfuse has ended (137)");
});

test("how often it was mounted is counted", () => {
  const vm = vmWith();
  vm.run("gcsfuse.sh", ["0"]);
  expect(vm.states["gcsfuse-0.mounts"]).toBe("1");
  vm.run("gcsfuse.sh", ["0"]);
  expect(vm.states["gcsfuse-0.mounts"]).toBe("2");
});

test("it is mounted only where the bucket is there, which gcsfuse may tell in its log alone", () => {
  const { stdout } = vmWith(sample(), { ...ENDED, "log-since": "error: bucket doesn't exist\n" }).run("gcsfuse.sh", [
    "0",
  ]);
  expect(stdout).toMatch(
    /^gcsfuse-0: starting mounting\ngcsfuse-0: starting the bucket cannot be used: .*\ngcsfuse-0: mounted/,
  );
});

test("a gcsfuse that hangs is ended", () => {
  // It answers while it is mounted, and then no more: what asks it ends without an answer.
  const stat = `
[[ "$*" == *.gcs-backed-container-app-* ]] || { times stats; ((n < 3)) || exit 1; }
exec /usr/bin/stat "$@"`;
  const vm = vmWith(sample(), { "image/etc/passwd": PASSWD }, { stat });
  vm.after("docker", 'if [[ $1 == kill ]]; then echo 137 >"$state/ended"; fi');
  expect(vm.run("gcsfuse.sh", ["0"]).stdout).toContain("gcsfuse has not answered for a minute: it is ended\n");
  expect(vm.programs.callsOf("docker")).toContain("kill gcsfuse-0");
});

test("one that answers is not, though it is asked again and again", () => {
  const vm = vmWith(sample(), { "image/etc/passwd": PASSWD });
  vm.after("sleep", 'if [[ $1 == 10 ]]; then times asked; ((n < 5)) || echo 1 >"$state/ended"; fi');
  expect(vm.run("gcsfuse.sh", ["0"]).stdout).not.toContain("has not answered");
  expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("kill"))).toEqual([]);
  expect(vm.programs.callsOf("sleep").filter((call) => call === "10").length).toBeGreaterThanOrEqual(5);
});

describe("it says what is wrong, and tries again", () => {
  /** What it complains of until it pauses for the third time. */
  const complaints = (spec = sample(), files: { [name: string]: string } = {}, change?: (vm: FakeVm) => void) => {
    const give = 'times sleeps; ((n < 3)) || kill "$PPID"';
    const vm = vmWith(spec, { ...ENDED, ...files }, { sleep: give });
    change?.(vm);
    const { stdout } = vm.run("gcsfuse.sh", ["0"]);
    return { vm, said: [...new Set(stdout.split("\n").filter((line) => line.includes("cannot")))] };
  };

  test.each([
    ["a user that is not in the image", "nobody", {}, "the image has no user 'nobody'"],
    ["a group that is not in the image", "root:wheel", {}, "the image has no group 'wheel'"],
    [
      "a user without a number",
      "odd",
      { "image/etc/passwd": "odd:x:ten:1::/:/bin/sh\n" },
      "the user 'odd' is 'ten:1' in the image",
    ],
  ])("%s", (_, user, files, reason) => {
    const { vm, said } = complaints(sample({ user }), files);
    expect(said).toEqual([`gcsfuse-0: starting cannot mount: ${reason}`]);
    expect(vm.programs.callsOf("docker").some((call) => call.startsWith("start"))).toBe(false);
  });

  test.each(["uid", "gid"])("a %s that is no number is read, and never run", (name) => {
    const evil = "0; touch $RUN_FOLDER/evil $(touch $RUN_FOLDER/evil)";
    const { vm, said } = complaints(sample(), {}, (one) => one.write(`gcsfuse-0/${name}`, evil));
    expect(said).toEqual([`gcsfuse-0: starting cannot mount: the ${name} '${evil}' is not a number`]);
    expect(vm.has("evil")).toBe(false);
  });

  test("another declaration took its place while it tried: its files are gone, and the next start has the others", () => {
    const { vm } = complaints(sample(), { "create-fails": "no" }, (one) =>
      one.after("sleep", `mv '${one.config}' '${one.config}-gone'`),
    );
    expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("create --name"))).toHaveLength(1);
    expect(vm.programs.callsOf("sleep")).toHaveLength(1);
  });

  test("a container of somebody else's that has the name", () => {
    const conflict = 'Conflict. The container name "/gcsfuse-0" is already in use. You have to remove (or rename) that';
    const { vm, said } = complaints(sample(), { "container-gcsfuse-0": "beef0123 \n", "create-fails": conflict });
    expect(said).toEqual([`gcsfuse-0: starting cannot mount: ${conflict}`]);
    expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("rm"))).toEqual([]);
  });
});

describe("gcsfuse is ended when it could not copy a file to its folder for temporary files", () => {
  const json = (message: string, severity = "ERROR") =>
    `${JSON.stringify({ timestamp: { seconds: 1, nanos: 2 }, severity, message, "mount-id": "files-1" })}\n`;
  const text = (message: string, severity = "ERROR") =>
    `time="25/11/2026 18:00:00.000000" severity=${severity} message=${JSON.stringify(message)} mount-id=files-1\n`;
  const isEnded = (log: string) => {
    const { stdout } = vmWith(sample(), { ...ENDED, log }).run("gcsfuse.sh", ["0"]);
    return stdout.includes("gcsfuse could not copy a file");
  };
  const FAILED = "incomplete file: load temp file: write /var/tmp/gcsfuse123: no space left on device";

  test.each([
    `WriteFile: no space left on device, cannot WriteAt ${FAILED}`,
    `ReadFile: input/output error, content.ReadAt: cannot ReadAt ${FAILED}`,
    `SetInodeAttributes: input/output error, truncate: cannot Truncate ${FAILED}`,
    `FlushFile: input/output error, FileInode.Sync: SyncObject: stat temp file for size validation: cannot Stat ${FAILED}`,
  ])("%s", (message) => {
    expect(isEnded(json(message))).toBe(true);
    expect(isEnded(text(message))).toBe(true);
  });

  const NAME = `x: cannot WriteAt ${FAILED}`;
  test.each([
    [
      "the request of the kernel for a file of that name",
      json(`fuse: Op 0x1 connection.go:453] <- LookUpInode (parent 1, name ${JSON.stringify(NAME)})`, "TRACE"),
    ],
    ["a quoted name", json(`WriteFile: stale NFS file handle, the file ${JSON.stringify(NAME)} was clobbered`)],
    [
      "a name in Cloud Storage's answer",
      json(`ReadFile: input/output error, NewReader: googleapi: Error 404: No such object: files/${NAME}`),
    ],
    ["a name alone", json(NAME)],
    [
      "a name that copies the whole message, quoted",
      json(`LookUpInode: input/output error, ${JSON.stringify(json(`WriteFile: a, cannot WriteAt ${FAILED}`))}`),
    ],
    ["a warning", json(`WriteFile: no space left on device, cannot WriteAt ${FAILED}`, "WARNING")],
  ])("but not for %s", (_, log) => {
    expect(isEnded(log)).toBe(false);
  });
});

describe("a file that has no place in the file cache", () => {
  const error = (message: string) =>
    `${JSON.stringify({ timestamp: { seconds: 1, nanos: 2 }, severity: "ERROR", message, "mount-id": "files-1" })}\n`;
  const FAILED =
    "ReadFile: not a directory, fh.readManager.ReadAt: ReadAt: while reading from cache: tryReadingFromFileCache: " +
    "GetCacheHandle failed: GetCacheHandle: while creating local-file read handle: mkdir /var/cache/gcsfuse/a: not a directory";
  const REMOVING =
    "Unlink: not a directory, unlink: while invalidating cache for delete file: invalidateChildFileCacheIfExist: " +
    "while invalidating the file cache: InvalidateCache: while performing clean-up for evicted a/b object";
  const cached = sample({ mounts: [mountOf({ gcsfuseConfig: { "cache-dir": "/var/cache/gcsfuse" } })] });
  /** Whether it is ended, or has been waited for long. */
  const isEnded = (log: string, { spec = cached, leastSeconds = 0 } = {}) => {
    const vm = vmWith(spec, { "image/etc/passwd": PASSWD, log });
    if (leastSeconds !== 600) vm.change("gcsfuse.sh", "least_seconds=600", `least_seconds=${leastSeconds}`);
    vm.after("docker", 'if [[ $1 == kill ]]; then echo 137 >"$state/ended"; fi');
    vm.after("sleep", 'if [[ $1 == 10 ]]; then times waited; ((n < 12)) || echo 1 >"$state/ended"; fi');
    return vm.run("gcsfuse.sh", ["0"]).stdout.includes("gcsfuse cannot read a file for its file cache");
  };

  test.each([FAILED, REMOVING])("gcsfuse is ended: %s", (message) => {
    expect(isEnded(error(message))).toBe(true);
  });

  test("but not soon after it was mounted", () => {
    expect(isEnded(error(FAILED), { leastSeconds: 600 })).toBe(false);
  });

  test("nor without a cache, for a name that says so, or for another trouble", () => {
    expect(isEnded(error(FAILED), { spec: sample() })).toBe(false);
    expect(isEnded(error(`LookUpInode: input/output error, ${JSON.stringify(error(FAILED))}`))).toBe(false);
    expect(
      isEnded(error("ReadFile: input/output error, NewReader: googleapi: Error 404: files/x: GetCacheHandle failed: ")),
    ).toBe(false);
    expect(isEnded(error("ReadFile: input/output error, fh.readManager.ReadAt: googleapi: Error 503"))).toBe(false);
  });
});
