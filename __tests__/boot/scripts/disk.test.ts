/**
 * The real mkfs.ext4, e2fsck and blkid on files that stand in for disks. Nothing is mounted: what a file system has is
 * copied out of it, and what is written to it is kept beside the disk.
 */
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readSync, symlinkSync, truncateSync, writeSync } from "node:fs";
import { lstatSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskDeclaration } from "../../../lib/boot/declaration";
import { textOf } from "../../support/folder";
import { PYTHON } from "../../support/rendered";
import { mountOf, sample } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const MIB = 2 ** 20;
const SIZE = 160 * MIB;
const PASSWD = "root:x:0:0::/root:/bin/sh\nwiki:x:1000:1001::/srv:/bin/sh\n";

const PROGRAMS = {
  mount: `
case "$*" in
  "--bind "*) rmdir "$3" && ln -s "$2" "$3" ;;
  "-t ext4 "*)
    if [[ -e $state/mount-fails ]]; then cat "$state/mount-fails" >&2; exit 32; fi
    content=$state/content-$(blkid --probe --output value --match-tag UUID "$5")
    [[ -d $content ]] || { mkdir "$content" && debugfs -R "rdump / $content" "$5" >/dev/null 2>&1; }
    [[ $4 == ro,* ]] || debugfs -w -R "set_super_value mtime now" "$5" >/dev/null 2>&1
    rmdir "$6" && ln -s "$content" "$6" ;;
esac`,
  umount: 'target="${@: -1}"; [[ ! -L $target ]] || { rm "$target" && mkdir "$target"; }',
  mountpoint: "[[ -L $2 ]]",
  findmnt: 'cat "$state/fs-options" 2>/dev/null || echo rw,relatime',
  blockdev: 'stat --dereference --format %s "$2"',
  resize2fs: "",
  // Of this machine's own disk, with all that others have written.
  sync: "",
  python3: `exec '${PYTHON}' "$@"`,
  // Once it has tried twice, it is ended.
  sleep: 'times sleeps; ((n < 4)) || kill "$PPID"; /bin/sleep 0.01',
};

interface DiskVm {
  readonly vm: FakeVm;
  /** The file that stands in for the disk. */
  readonly device: string;
  readonly run: (script?: string) => { status: number | null; stdout: string; stderr: string };
  /** What the container sees of the disk. */
  readonly content: (name?: string) => string;
}

function vmWithDisk(disk: Partial<DiskDeclaration> = {}, options: { mounts?: string[]; user?: string } = {}): DiskVm {
  const mounts = (options.mounts ?? ["/data"]).map((path) => mountOf({ path }));
  const spec = sample({
    mounts,
    user: options.user,
    disks: [{ name: "srv", path: "/srv", disk: "wiki-srv", ...disk }],
  });
  const vm = new FakeVm(spec, PROGRAMS);
  mkdirSync(join(vm.runFolder, "devices"));
  vm.programs.set("image/etc/passwd", PASSWD);
  const device = join(vm.runFolder, "disk.img");
  writeFileSync(device, "");
  truncateSync(device, SIZE);
  symlinkSync(device, join(vm.runFolder, "devices/google-srv"));
  // It is detached after a while, which ends the script.
  vm.after(
    "sleep",
    `if [[ $1 == 2 ]]; then times watched; ((n < 2)) || rm -f '${vm.runFolder}/devices/google-srv'; fi`,
  );
  const attach = () => {
    const link = join(vm.runFolder, "devices/google-srv");
    if (!existsSync(link)) symlinkSync(device, link);
  };
  const env = { DEVICE_FOLDER: join(vm.runFolder, "devices") };
  return {
    vm,
    device,
    run: (script = "disk.sh") => {
      attach();
      vm.programs.set("sleeps", "");
      vm.programs.set("watched", "");
      return vm.run(script, ["srv"], env);
    },
    content: (name = ".") => {
      const uuid = execFileSync("blkid", ["--probe", "--output", "value", "--match-tag", "UUID", device], {
        encoding: "utf8",
      });
      return join(vm.programs.folder, `content-${uuid.trim()}`, name);
    },
  };
}

function bytesAt(file: string, position: number, length: number): Buffer {
  const descriptor = openSync(file, "r");
  const buffer = Buffer.alloc(length);
  readSync(descriptor, buffer, 0, length, position);
  closeSync(descriptor);
  return buffer;
}

function writeAt(file: string, position: number, text: string): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, text, position);
  closeSync(descriptor);
}

const hashOf = (file: string) => execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0];
const python = ({ vm }: DiskVm, ...args: string[]) =>
  execFileSync(PYTHON, [join(vm.scripts, "disk.py"), ...args], { encoding: "utf8" });
const ext4 = (device: string, ...options: string[]) =>
  execFileSync("mkfs.ext4", ["-q", "-F", ...options, device], { stdio: "ignore" });

describe("a blank disk", () => {
  test("is formatted once, marked, filled from the image, and mounted; the next start finds it as it is", () => {
    const disk = vmWithDisk();
    disk.vm.programs.set("image/srv/pages/start.txt", "welcome");
    const { status, stdout, stderr } = disk.run();
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/formatting the blank disk[^]*copying the image's files[^]*disk-srv: mounted with 0 GB/);
    expect(textOf(disk.content(".gcs-backed-container-app"))).toBe("wiki-srv data\n");
    expect(textOf(disk.content("data/pages/start.txt"))).toBe("welcome");
    writeFileSync(disk.content("data/pages/start.txt"), "changed");
    const again = disk.run();
    expect(again.stdout).not.toMatch(/formatting|copying/);
    expect(again.stdout).toContain("disk-srv: mounted");
    expect(textOf(disk.content("data/pages/start.txt"))).toBe("changed");
  });

  test("is mounted with the whole file system out of the container's sight, and without a way to the boot disk", () => {
    const disk = vmWithDisk();
    disk.run();
    const folder = join(disk.vm.runFolder, "disk-srv");
    const mounts = disk.vm.programs.callsOf("mount");
    expect(mounts[0]).toBe(`-t tmpfs -o size=64k,mode=0700,nosuid,nodev disk-srv ${folder}`);
    expect(mounts[2]).toBe(`-o remount,ro ${folder}`);
    expect(mounts.at(-2)).toBe(
      `-t ext4 -o nodev,errors=remount-ro ${disk.vm.runFolder}/devices/google-srv ${folder}/disk`,
    );
    expect(mounts.at(-1)).toBe(`--bind ${folder}/disk/data ${folder}/fs`);
  });

  test("has an empty folder of the container's user where the image has none", () => {
    const disk = vmWithDisk({}, { user: "wiki" });
    disk.run();
    expect(statSync(disk.content("data"))).toMatchObject({ uid: 1000, gid: 1001 });
  });

  test("is not filled halfway: what was interrupted is done anew", () => {
    const disk = vmWithDisk();
    disk.vm.programs.set("image/srv/a", "a");
    disk.vm.programs.set("cp-fails", "unexpected EOF");
    expect(disk.run().stdout).toContain("the image's files cannot be copied: unexpected EOF");
    expect(existsSync(disk.content("data"))).toBe(false);
    execFileSync("rm", [join(disk.vm.programs.folder, "cp-fails"), join(disk.vm.programs.folder, "image/srv/a")]);
    disk.vm.programs.set("image/srv/b", "b");
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(existsSync(disk.content("data/a"))).toBe(false);
    expect(textOf(disk.content("data/b"))).toBe("b");
  });

  test("has the folders on the way to what is mounted inside, for the container's user", () => {
    const disk = vmWithDisk({}, { user: "1000:1001", mounts: ["/srv/user/media/public", "/srvx", "/srv/media"] });
    disk.vm.programs.set("image/srv/user/a", "");
    disk.run();
    expect(statSync(disk.content("data/user"))).toMatchObject({ uid: 0 });
    for (const name of ["user/media", "user/media/public", "media"]) {
      expect(statSync(disk.content(`data/${name}`))).toMatchObject({ uid: 1000, gid: 1001 });
    }
    expect(existsSync(disk.content("data/x"))).toBe(false);
  });

  test.each<[string, { [name: string]: string }, { uid: number; mode: number }]>([
    ["everybody's where the image's folder is root's", {}, { uid: 0, mode: 0o777 }],
    ["of the owner of the image's folder", { "owner-of/srv/id": "1000 1001 755\n" }, { uid: 1000, mode: 0o755 }],
    ["its group's, where that may write there", { "owner-of/srv/id": "1000 1001 775\n" }, { uid: 1000, mode: 0o775 }],
  ])("of an app that starts as root, those folders are %s", (_, files, { uid, mode }) => {
    const disk = vmWithDisk({}, { mounts: ["/srv/user/media/public"] });
    disk.vm.programs.set("image/srv/a", "");
    Object.entries(files).forEach(([name, text]) => disk.vm.programs.set(name, text));
    disk.run();
    for (const name of ["user", "user/media", "user/media/public"]) {
      const found = statSync(disk.content(`data/${name}`));
      expect([name, found.uid, found.mode & 0o7777]).toEqual([name, uid, mode]);
    }
  });

  test("is root's alone where it starts as root and its image has no such folder", () => {
    const disk = vmWithDisk();
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    const found = statSync(disk.content("data"));
    expect([found.uid, found.mode & 0o7777]).toEqual([0, 0o755]);
  });

  test("no link of the app's leads out of the disk", () => {
    const disk = vmWithDisk({}, { mounts: ["/srv/media/public"] });
    disk.vm.programs.set("image/srv/a", "");
    disk.run();
    const outside = join(disk.vm.runFolder, "outside");
    mkdirSync(outside);
    execFileSync("rm", ["-r", disk.content("data/media")]);
    symlinkSync(outside, disk.content("data/media"));
    expect(disk.run().stdout).toContain("the disk cannot be used: media of media/public is no folder");
    expect(existsSync(join(outside, "public"))).toBe(false);
  });
});

describe("a formatting that was interrupted is finished by the next start", () => {
  test.each<[string, (disk: DiskVm) => void]>([
    ["before it wrote anything", (disk) => void python(disk, "begin-format", disk.device)],
    [
      "in the middle: no superblock yet, but inode tables",
      (disk) => {
        python(disk, "begin-format", disk.device);
        writeAt(disk.device, 20 * MIB, "x".repeat(5000));
      },
    ],
    [
      "at its end",
      (disk) => {
        ext4(disk.device, "-b", "4096");
        python(disk, "begin-format", disk.device);
      },
    ],
  ])("%s", (_, interrupt) => {
    const disk = vmWithDisk();
    interrupt(disk);
    expect(disk.run().stdout).toMatch(/formatting the blank disk[^]*disk-srv: mounted/);
    expect(disk.run().stdout).not.toContain("formatting");
  });

  test("mkfs that fails leaves the note", () => {
    const disk = vmWithDisk();
    const fails = join(disk.vm.programs.folder, "bin/mkfs.ext4");
    writeFileSync(fails, "#!/bin/sh\necho no space >&2\nexit 1\n", { mode: 0o755 });
    expect(disk.run().stdout).toContain("the disk cannot be used: mkfs.ext4: no space");
    expect(python(disk, "look", disk.device)).toBe("formatting\n");
    execFileSync("rm", [fails]);
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(bytesAt(disk.device, SIZE - MIB, MIB).every((byte) => byte === 0)).toBe(true);
  });

  test("a note beside a file system that somebody has used formats nothing", () => {
    const disk = vmWithDisk();
    disk.run();
    python(disk, "begin-format", disk.device);
    writeFileSync(disk.content("data/kept"), "kept");
    expect(disk.run().stdout).not.toContain("formatting");
    expect(textOf(disk.content("data/kept"))).toBe("kept");
  });
});

describe("what is on a disk is never written to unless it is this disk's own", () => {
  const otherwise = "is not touched";
  test.each<[string, (device: string) => void, string]>([
    [
      "one byte at the beginning",
      (device) => writeAt(device, 5000, "x"),
      "it has data at byte 5000, but no file system",
    ],
    ["one byte near the end", (device) => writeAt(device, SIZE - 9999, "x"), `it has data at byte ${SIZE - 9999}, but`],
    [
      "an ext4 whose beginning was overwritten",
      (device) => {
        ext4(device, "-b", "4096");
        execFileSync("dd", ["if=/dev/zero", `of=${device}`, "bs=1M", "count=64", "conv=notrunc", "status=none"]);
      },
      "it has data at byte",
    ],
    [
      "a partition table",
      (device) => void execFileSync("sh", ["-c", `printf 'label: dos\\n,,L\\n' | sfdisk -q '${device}'`]),
      "it has dos",
    ],
    ["a swap", (device) => void execFileSync("mkswap", [device], { stdio: "ignore" }), "it has swap"],
    ["another program's ext4", (device) => ext4(device), "it has the file system of another program"],
  ])("%s", (_, prepare, message) => {
    const disk = vmWithDisk();
    prepare(disk.device);
    const before = hashOf(disk.device);
    const { stdout } = disk.run();
    expect(stdout).toContain(`disk-srv: starting the disk cannot be used: ${message}`);
    expect(stdout).toContain(otherwise);
    expect(stdout).not.toContain("disk-srv: mounted");
    expect(hashOf(disk.device)).toBe(before);
  });

  test("another app's disk, which is named", () => {
    const disk = vmWithDisk();
    disk.run();
    disk.vm.write("disk-srv/disk", "gallery-srv");
    const before = hashOf(disk.device);
    expect(disk.run().stdout).toContain(
      "it has the file system of the disk wiki-srv, and is not touched: attach the disk gallery-srv, or give this one as existingDisk",
    );
    expect(hashOf(disk.device)).toBe(before);
  });

  test("a superblock that is damaged", () => {
    const disk = vmWithDisk();
    disk.run();
    // The number of its blocks.
    writeAt(disk.device, 1024 + 4, "\xff\xff");
    disk.vm.programs.set("mount-fails", "wrong fs type, bad superblock");
    const before = hashOf(disk.device);
    expect(disk.run().stdout).toMatch(
      /(cannot be read: mount: wrong fs type, bad superblock|it has data at byte).*; nothing on it was changed: restore a snapshot|is not touched/,
    );
    expect(hashOf(disk.device)).toBe(before);
  });

  test("damage that needs a decision", () => {
    const disk = vmWithDisk();
    disk.run();
    execFileSync("debugfs", ["-w", "-R", "clri <2>", disk.device], { stdio: "ignore" });
    execFileSync("debugfs", ["-w", "-R", "set_super_value state 2", disk.device], { stdio: "ignore" });
    const { stdout } = disk.run();
    expect(stdout).toMatch(
      /its file system is damaged \(e2fsck \d+\): .*; nothing on it was changed: restore a snapshot \(sourceSnapshot\), or take one and repair it with e2fsck -f/,
    );
    expect(stdout).not.toContain("disk-srv: mounted");
  });
});

describe("an existing disk, or one from a snapshot", () => {
  test("of another program: all of it is shown, and nothing is added to an existing one", () => {
    const disk = vmWithDisk({ disk: undefined });
    ext4(disk.device);
    disk.vm.programs.set("image/srv/a", "");
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(disk.vm.programs.callsOf("mount").at(-1)).toMatch(/disk-srv\/disk\/\. .*disk-srv\/fs$/);
    expect(existsSync(disk.content(".gcs-backed-container-app"))).toBe(false);
    expect(existsSync(disk.content("a"))).toBe(false);
  });

  test("one from a snapshot of another app's is marked anew, and is then its own", () => {
    const disk = vmWithDisk();
    disk.run();
    writeFileSync(disk.content("data/kept"), "kept");
    disk.vm.write("disk-srv/disk", "staging-srv");
    disk.vm.write("disk-srv/any-mark", "");
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(textOf(disk.content(".gcs-backed-container-app"))).toBe("staging-srv data\n");
    execFileSync("rm", [join(disk.vm.config, "disk-srv/any-mark")]);
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(textOf(disk.content("data/kept"))).toBe("kept");
  });

  test("a mark that the app has planted leads nowhere", () => {
    const disk = vmWithDisk({ anyFileSystem: true });
    ext4(disk.device);
    disk.run();
    expect(textOf(disk.content(".gcs-backed-container-app"))).toBe("wiki-srv .\n");
    const outside = join(disk.vm.runFolder, "outside");
    writeFileSync(disk.content(".gcs-backed-container-app"), "wiki-srv ../../../..\n");
    symlinkSync(outside, disk.content(".gcs-backed-container-app.new"));
    expect(disk.run().stdout).toContain("disk-srv: mounted");
    expect(disk.vm.programs.callsOf("mount").at(-1)).toMatch(/disk-srv\/disk\/\. /);
    expect(existsSync(outside)).toBe(false);
    expect(lstatSync(disk.content(".gcs-backed-container-app")).isFile()).toBe(true);
  });
});

describe("while it is attached, and while it is not", () => {
  test("the state says that it is waited for, and it is mounted when it comes", () => {
    const disk = vmWithDisk();
    const link = join(disk.vm.runFolder, "devices/google-srv");
    execFileSync("rm", [link]);
    disk.vm.after("sleep", `if [[ $1 == 1 && ! -e '${link}' ]]; then ln -s '${disk.device}' '${link}'; fi`);
    const { stdout } = disk.vm.run("disk.sh", ["srv"], { DEVICE_FOLDER: join(disk.vm.runFolder, "devices") });
    expect(stdout).toMatch(
      /^disk-srv: starting waiting for the disk: .*google-srv is not attached to the VM\n[^]*disk-srv: mounted/,
    );
  });

  test("one that is detached ends the script, with the reason, and is unmounted by the next start", () => {
    const disk = vmWithDisk();
    expect(disk.run().stdout).toMatch(/disk-srv: starting the disk has gone: it is not attached any more\n$/);
  });

  test.each(["ro,relatime", "rw,relatime,emergency_ro", ""])("so does a file system that failed: %j", (options) => {
    const disk = vmWithDisk();
    disk.vm.after("sleep", `[[ $1 != 2 ]] || echo '${options}' >"$state/fs-options"`);
    expect(disk.run().stdout).toMatch(/the disk has gone: its file system has failed, and takes no writes/);
  });

  test("the file system grows with the disk, and is never shrunk", () => {
    const disk = vmWithDisk();
    disk.vm.after("sleep", `[[ $1 != 2 ]] || truncate --size 600M '${disk.device}'`);
    const { stdout } = disk.run();
    expect(stdout).toContain(`the file system has grown to ${599 * 1024} KiB`);
    expect(disk.vm.programs.callsOf("resize2fs")).toEqual([`${disk.vm.runFolder}/devices/google-srv ${599 * 1024}K`]);
  });

  test("what its unit leaves is unmounted, and its state is not that of a mounted disk", () => {
    const disk = vmWithDisk();
    disk.vm.setState("disk-srv", "mounted with 10 GB");
    disk.run("unmount-disk.sh");
    expect(disk.vm.states["disk-srv"]).toBe("starting its unit has ended");
  });
});
