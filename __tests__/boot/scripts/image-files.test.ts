import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { filesOf, folderWith, textOf, write } from "../../support/folder";
import { PYTHON } from "../../support/rendered";

const SCRIPT = join(__dirname, "../../../lib/boot/scripts/image-files.py");
const MARKER = ".gcs-backed-container-app-filling";

/** The archive of a folder, as docker cp writes it. */
function archiveOf(folder: string, ...options: string[]): Buffer {
  const args = ["--create", "--numeric-owner", ...options, "--directory", folder, "."];
  return execFileSync("tar", args, { maxBuffer: 2 ** 26 });
}

function imageFiles(args: readonly string[], input: Buffer | string) {
  const env = { LC_ALL: "C" };
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-I", "-S", SCRIPT, ...args], { input, env });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Fills a folder, and says what it has in the end. */
function fill(archive: Buffer, folder = folderWith()) {
  const ended = imageFiles(["fill", folder], archive);
  const texts = Object.fromEntries(
    filesOf(folder)
      .filter((name) => name !== MARKER)
      .map((name) => [name, lstatSync(join(folder, name)).isSymbolicLink() ? "" : textOf(join(folder, name))]),
  );
  return { ...ended, folder, texts, isMarked: existsSync(join(folder, MARKER)) };
}

/** A folder in which a filling was interrupted. */
const interrupted = (files: { [name: string]: string } = {}) => folderWith({ [MARKER]: "", ...files });

describe("owner", () => {
  test("is that of the folder, in numbers, and its mode without setgid", () => {
    const folder = folderWith({ "a.txt": "" });
    const archive = archiveOf(folder, "--owner=33", "--group=34", "--mode=2775");
    expect(imageFiles(["owner"], archive)).toEqual({ status: 0, stdout: "33 34 775\n", stderr: "" });
  });

  test.each([
    ["nothing", ""],
    ["no archive", "x".repeat(1000)],
  ])("%s has none", (_, input) => {
    expect(imageFiles(["owner"], input)).toMatchObject({ status: 1, stdout: "" });
  });
});

describe("names", () => {
  const names = (archive: Buffer) => imageFiles(["names"], archive).stdout.split("\0").slice(0, -1).sort();

  test("are those at the top, whatever is in them", () => {
    const folder = folderWith({ "a.txt": "", "b/c/d": "", "é \\'": "" });
    mkdirSync(join(folder, "empty"));
    symlinkSync("nowhere", join(folder, "link"));
    expect(names(archiveOf(folder))).toEqual(["a.txt", "b", "empty", "link", "é \\'"]);
  });

  test("of what is left out are not among them", () => {
    const folder = folderWith({ a: "", "line\nbreak/x": "" });
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(names(archiveOf(folder))).toEqual(["a"]);
  });

  test("of an empty folder are none", () => {
    expect(names(archiveOf(folderWith()))).toEqual([]);
  });

  test("of a folder are read below it, whatever docker calls it", () => {
    const folder = folderWith({ "uploads/a.txt": "" });
    const archive = execFileSync("tar", ["--create", "--directory", folder, "uploads"]);
    expect(names(archive)).toEqual(["a.txt"]);
  });

  test("end where there are many", () => {
    const files = Object.fromEntries(Array.from({ length: 1100 }, (_, index) => [`file-${index}`, ""]));
    expect(names(archiveOf(folderWith(files)))).toHaveLength(1000);
  });
});

describe("look", () => {
  const look = (folder: string, ...names: string[]) =>
    imageFiles(["look", folder], names.map((name) => `${name}\0`).join("")).stdout.split("\0");

  test("finds an empty folder", () => {
    expect(look(folderWith(), "a", "b")).toEqual(["empty", "a", "b"]);
  });

  test("finds one that is being filled", () => {
    expect(look(interrupted({ a: "" }), "a", "b")).toEqual(["filling", "b"]);
    expect(look(interrupted())).toEqual(["filling"]);
  });

  test("finds the names that are not there, where others are", () => {
    expect(look(folderWith({ other: "" }), "a", "b")).toEqual(["there", "a", "b"]);
    expect(look(folderWith({ a: "" }), "a", "b")).toEqual(["there", "b"]);
    expect(look(folderWith({ a: "", b: "" }), "a", "b")).toEqual(["there"]);
  });

  test("takes a link that leads nowhere for what is there", () => {
    const folder = folderWith();
    symlinkSync("nowhere", join(folder, "a"));
    expect(look(folder, "a")).toEqual(["there"]);
  });

  test("does not look further where the image has nothing", () => {
    expect(look(folderWith())).toEqual(["there"]);
  });
});

describe("fill", () => {
  test("copies files, folders and links, byte for byte", () => {
    const image = folderWith({
      "a.txt": "a",
      "b/c/é \\ %41.txt": "c",
      "b/empty.txt": "",
      "big.bin": "x".repeat(3_000_000),
    });
    mkdirSync(join(image, "nothing"));
    symlinkSync("../a.txt", join(image, "b/link"));
    symlinkSync("/etc/hostname", join(image, "absolute"));
    const { status, stderr, stdout, folder, texts } = fill(archiveOf(image, "--mode=u=rwX,go=rX"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe("done 9 files and folders of the image\n");
    expect(texts).toEqual({
      "a.txt": "a",
      absolute: "",
      "b/c/é \\ %41.txt": "c",
      "b/empty.txt": "",
      "b/link": "",
      "big.bin": "x".repeat(3_000_000),
    });
    expect(readdirSync(join(folder, "nothing"))).toEqual([]);
    expect(readlinkSync(join(folder, "b/link"))).toBe("../a.txt");
    expect(readlinkSync(join(folder, "absolute"))).toBe("/etc/hostname");
  });

  test("leaves the mark: only who wrote the archive knows whether it was complete", () => {
    expect(fill(archiveOf(folderWith({ a: "1" }))).isMarked).toBe(true);
  });

  test("sets the mark before the first file", () => {
    // A folder in which nothing else can be created.
    const { status, isMarked, texts } = fill(Buffer.from("no archive".repeat(100)));
    expect({ status, isMarked, texts }).toEqual({ status: 1, isMarked: true, texts: {} });
  });

  test("copies the file of a hard link, since gcsfuse has none", () => {
    const image = folderWith({ "a/file": "content" });
    execFileSync("ln", [join(image, "a/file"), join(image, "second")]);
    const { status, stdout, folder, texts } = fill(archiveOf(image, "--sort=name", "--mode=u=rwX,go=rX"));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "done 3 files and folders of the image\n" });
    expect(texts).toEqual({ "a/file": "content", second: "content" });
    expect(statSync(join(folder, "second")).nlink).toBe(1);
  });

  test("says what it leaves out: pipes, and names that Cloud Storage does not take", () => {
    const image = folderWith({ a: "1", "line\nbreak/x": "2" });
    execFileSync("mkfifo", [join(image, "pipe")]);
    write(image, "a", "1", 0o755);
    execFileSync("bash", ["-c", "printf 3 >\"$0\"/$'\\xff'", image]);
    const { status, stdout, texts } = fill(archiveOf(image));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^done 1 files and folders of the image; 1 programs among them cannot be run, .*;/);
    expect(stdout).toContain("left out: 3 with names that Cloud Storage does not take");
    expect(stdout).toContain("left out: 1 that are devices, pipes or sockets");
    expect(texts).toEqual({ a: "1" });
  });

  test.each([
    ["in a file, is a reason to fail", 712, 1],
    ["in what is before a file looks like a whole one", 200, 0],
    ["between two files looks like a whole one", 1024, 0],
  ])("an archive that ends %s", (_, kept, expected) => {
    const image = folderWith({ a: "x".repeat(400), b: "y" });
    const archive = archiveOf(image, "--sort=name", "--format=gnu");
    const { status, isMarked } = fill(archive.subarray(0, 512 + kept));
    expect({ status, isMarked }).toEqual({ status: expected, isMarked: true });
  });

  test("a folder that cannot be written is a reason to fail", () => {
    const image = folderWith({ "a/b": "1" });
    expect(imageFiles(["fill", "/proc/self"], archiveOf(image))).toMatchObject({ status: 1 });
  });

  describe("where it was interrupted", () => {
    const image = folderWith({ "a.txt": "all of it", "b/c.txt": "c", "empty.txt": "" });
    const whole = { "a.txt": "all of it", "b/c.txt": "c", "empty.txt": "" };
    const archive = archiveOf(image, "--sort=name", "--mode=u=rwX,go=rX");

    test("it goes on", () => {
      const { status, texts } = fill(archive, interrupted({ "a.txt": "all of it" }));
      expect({ status, texts }).toEqual({ status: 0, texts: whole });
    });

    test.each(["", "a", "all of"])("it completes a file that ends too early, after %j", (there) => {
      const { status, texts } = fill(archive, interrupted({ "a.txt": there }));
      expect({ status, texts }).toEqual({ status: 0, texts: whole });
    });

    test("at each byte of a large file's second block", () => {
      const content = Buffer.alloc(2 ** 20 + 5, "x");
      const large = archiveOf(folderWith({ large: content.toString() }));
      for (const cut of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 20 + 5]) {
        const { status, texts } = fill(large, interrupted({ large: content.subarray(0, cut).toString() }));
        expect({ cut, status, isWhole: texts.large === content.toString() }).toEqual({ cut, status: 0, isWhole: true });
      }
    });

    test.each(["other", "all of it, and more", "all Of"])("a file that has another content is left: %j", (there) => {
      const { status, stdout, texts } = fill(archive, interrupted({ "a.txt": there }));
      expect({ status, texts }).toEqual({ status: 0, texts: { ...whole, "a.txt": there } });
      expect(stdout).toContain("left out: 1 that are there already, as others");
    });

    test("what is there as something else is left", () => {
      const folder = interrupted({ b: "a file", "a.txt/x": "in a folder" });
      const { status, stdout, texts } = fill(archive, folder);
      expect({ status, texts }).toEqual({
        status: 0,
        texts: { "a.txt/x": "in a folder", b: "a file", "empty.txt": "" },
      });
      expect(stdout).toContain("left out: 1 in folders that are there as something else");
    });

    test.each(["b", "a.txt"])("nothing is written through a link that somebody put there: %s", (name) => {
      const outside = folderWith({ "a.txt": "all" });
      const folder = interrupted();
      symlinkSync(name === "b" ? outside : join(outside, "a.txt"), join(folder, name));
      expect(fill(archive, folder).status).toBe(0);
      expect(filesOf(outside)).toEqual(["a.txt"]);
      expect(textOf(join(outside, "a.txt"))).toBe("all");
    });
  });

  test("where nothing was interrupted, no file that has come meanwhile is changed", () => {
    const folder = folderWith({ "a.txt": "all" });
    const { status, texts } = fill(archiveOf(folderWith({ "a.txt": "all of it" })), folder);
    expect({ status, texts }).toEqual({ status: 0, texts: { "a.txt": "all" } });
  });

  test("an archive with a name outside of the folder is refused", () => {
    const above = folderWith({ "inner/x": "", evil: "" });
    const archive = execFileSync("tar", ["-P", "--create", "--directory", join(above, "inner"), ".", "../evil"]);
    const parent = folderWith({ "mount/.keep": "" });
    expect(fill(archive, join(parent, "mount"))).toMatchObject({ status: 1, stderr: expect.stringContaining("evil") });
    expect(readdirSync(parent)).toEqual(["mount"]);
  });
});
