import { execFileSync } from "node:child_process";
import fs, {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { BuildContext, BuildOptions } from "../../lib/images/build-context";
import { filesOf, folderWith, modeOf, textOf, write } from "../support/folder";

const OPTIONS: BuildOptions = { dockerfile: "Dockerfile", platform: "linux/amd64", buildArgs: {} };
const APP = { Dockerfile: "FROM scratch\n", "app.py": "print()\n", "static/style.css": "a{}\n" };

const hashOf = (folder: string, options: Partial<BuildOptions> = {}) =>
  new BuildContext(folder, { ...OPTIONS, ...options }).hash();

function stage(folder: string, options: Partial<BuildOptions> = {}): string {
  const staged = join(folderWith(), "staged");
  new BuildContext(folder, { ...OPTIONS, ...options }).copyTo(staged);
  return staged;
}

/** The hash before and after a change. */
function hashes(change: (folder: string) => void, files: { [name: string]: string } = APP): [string, string] {
  const folder = folderWith(files);
  const before = hashOf(folder);
  change(folder);
  return [before, hashOf(folder)];
}

function withUmask<T>(umask: number, work: () => T): T {
  const before = process.umask(umask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}

test("the hash is a tag that does not change with the machine, the library or the day", () => {
  expect(hashOf(folderWith(APP))).toBe("c3d68a3581e3c4f27403352c41648507");
});

describe("what makes another image makes another hash", () => {
  test.each<[string, (folder: string) => void]>([
    ["content", (folder) => write(folder, "app.py", "print(1)\n")],
    ["name", (folder) => renameSync(join(folder, "app.py"), join(folder, "main.py"))],
    ["case of a name", (folder) => renameSync(join(folder, "app.py"), join(folder, "App.py"))],
    ["folder", (folder) => renameSync(join(folder, "static"), join(folder, "public"))],
    ["executable bit", (folder) => chmodSync(join(folder, "app.py"), 0o755)],
    ["new file", (folder) => write(folder, "empty", "")],
    ["removed file", (folder) => rmSync(join(folder, "app.py"))],
    ["Dockerfile", (folder) => write(folder, "Dockerfile", "FROM busybox\n")],
    [
      "a link for a file",
      (folder) => (rmSync(join(folder, "app.py")), symlinkSync("Dockerfile", join(folder, "app.py"))),
    ],
    ["new .dockerignore", (folder) => write(folder, ".dockerignore", "nothing\n")],
  ])("%s", (_, change) => {
    const [before, after] = hashes(change);
    expect(after).not.toBe(before);
  });

  test.each<[string, Partial<BuildOptions>]>([
    ["platform", { platform: "linux/arm64" }],
    ["build argument", { buildArgs: { VERSION: "1" } }],
    ["value of a build argument", { buildArgs: { VERSION: "2" } }],
    ["target", { target: "production" }],
  ])("%s", (_, options) => {
    const folder = folderWith(APP);
    expect(hashOf(folder, options)).not.toBe(hashOf(folder));
  });

  test("content that moves over the border of two files", () => {
    expect(hashOf(folderWith({ ...APP, a: "12", b: "3" }))).not.toBe(hashOf(folderWith({ ...APP, a: "1", b: "23" })));
  });

  test("a target that is given and is empty, or is the Dockerfile's name", () => {
    const folder = folderWith({ ...APP, other: "FROM scratch\n" });
    expect(hashOf(folder, { dockerfile: "other" })).not.toBe(hashOf(folder, { target: "other" }));
  });

  test("where a link goes, and not what is there", () => {
    const link = (target: string, content: string) => {
      const folder = folderWith({ ...APP, one: content, two: content });
      symlinkSync(target, join(folder, "link"));
      return hashOf(folder);
    };
    expect(link("one", "1")).not.toBe(link("two", "1"));
  });
});

describe("what makes no other image makes no other hash", () => {
  test.each<[string, (folder: string) => void]>([
    ["timestamps", (folder) => utimesSync(join(folder, "app.py"), 1, 1)],
    ["the group's and others' rights", (folder) => chmodSync(join(folder, "app.py"), 0o600)],
    ["rights of a folder", (folder) => chmodSync(join(folder, "static"), 0o700)],
    ["an empty folder, which no clone has", (folder) => mkdirSync(join(folder, "empty"))],
    ["owner", (folder) => process.getuid?.() === 0 && chownSync(join(folder, "app.py"), 1234, 1234)],
  ])("%s", (_, change) => {
    const [before, after] = hashes(change);
    expect(after).toBe(before);
  });

  test("umask", () => {
    const executable = (umask: number) =>
      withUmask(umask, () => {
        const folder = folderWith(APP);
        execFileSync("install", ["-m", umask === 0o077 ? "700" : "755", "/dev/null", join(folder, "run")]);
        return hashOf(folder);
      });
    expect(executable(0o077)).toBe(executable(0o002));
  });

  test("the order in which files were made", () => {
    const names = Object.entries(APP);
    expect(hashOf(folderWith(Object.fromEntries(names.reverse())))).toBe(hashOf(folderWith(APP)));
  });

  test("the order in which the file system lists them", () => {
    const folder = folderWith(APP);
    const before = hashOf(folder);
    const list = fs.readdirSync;
    const spy = jest
      .spyOn(fs, "readdirSync")
      .mockImplementation(((...args: Parameters<typeof list>) => [...list(...args)].reverse()) as never);
    const after = hashOf(folder);
    spy.mockRestore();
    expect(after).toBe(before);
  });

  test("the order of build arguments", () => {
    const folder = folderWith(APP);
    expect(hashOf(folder, { buildArgs: { A: "1", B: "2" } })).toBe(hashOf(folder, { buildArgs: { B: "2", A: "1" } }));
  });

  test("another way to write the Dockerfile's path", () => {
    const folder = folderWith({ ...APP, "docker/Dockerfile": "FROM scratch\n" });
    expect(hashOf(folder, { dockerfile: "./docker//Dockerfile" })).toBe(
      hashOf(folder, { dockerfile: "docker/Dockerfile" }),
    );
  });

  test("where the folder is", () => {
    const folder = folderWith(APP);
    const copy = folderWith();
    cpSync(folder, copy, { recursive: true });
    expect(hashOf(copy)).toBe(hashOf(folder));
  });

  test("what .dockerignore excludes", () => {
    const files = { ...APP, ".dockerignore": "*.log\n" };
    const [before, after] = hashes((folder) => write(folder, "debug.log", "much"), files);
    expect(after).toBe(before);
  });

  test("the content of what a link points to outside", () => {
    const outside = folderWith({ file: "1" });
    const folder = folderWith(APP);
    symlinkSync(join(outside, "file"), join(folder, "link"));
    const before = hashOf(folder);
    write(outside, "file", "2");
    expect(hashOf(folder)).toBe(before);
  });
});

describe("the copy that docker builds from", () => {
  test("has what docker would send, and nothing that .dockerignore excludes", () => {
    const folder = folderWith({
      ...APP,
      ".dockerignore": "node_modules\n**/*.log\n!static/keep.log\n",
      "node_modules/a/index.js": "",
      "static/debug.log": "",
      "static/keep.log": "",
      "debug.log": "",
    });
    expect(filesOf(stage(folder))).toEqual([
      ".dockerignore",
      "Dockerfile",
      "app.py",
      "static/keep.log",
      "static/style.css",
    ]);
  });

  test("has a Dockerfile that .dockerignore excludes, since docker sends it all the same", () => {
    expect(filesOf(stage(folderWith({ ...APP, ".dockerignore": "*\n" })))).toEqual(["Dockerfile"]);
    const files = { ...APP, ".dockerignore": "*\n", "docker/Dockerfile": "FROM scratch\n" };
    expect(filesOf(stage(folderWith(files), { dockerfile: "docker/Dockerfile" }))).toEqual(["docker/Dockerfile"]);
  });

  test("follows the Dockerfile's own ignore file where there is one, as BuildKit does", () => {
    const files = { ...APP, ".dockerignore": "static\n", "Dockerfile.dockerignore": "app.py\n" };
    expect(filesOf(stage(folderWith(files)))).toEqual([
      ".dockerignore",
      "Dockerfile",
      "Dockerfile.dockerignore",
      "static/style.css",
    ]);
  });

  test.each([0o000, 0o077, 0o027])("has modes that do not depend on the umask %o", (umask) => {
    const folder = folderWith(APP);
    write(folder, "start", "#!/bin/sh\n", 0o700);
    chmodSync(join(folder, "app.py"), 0o664);
    const staged = withUmask(umask, () => stage(folder));
    expect(
      ["", "Dockerfile", "app.py", "static", "static/style.css", "start"].map((name) => modeOf(join(staged, name))),
    ).toEqual(["755", "644", "644", "755", "644", "755"]);
  });

  test("has the same hash as what it was made from", () => {
    const folder = folderWith({ ...APP, ".dockerignore": "*.log\n", "a.log": "" });
    write(folder, "start", "#!/bin/sh\n", 0o700);
    symlinkSync("app.py", join(folder, "link"));
    expect(hashOf(stage(folder))).toBe(hashOf(folder));
  });

  test("has symbolic links as links: to files, to folders, dangling, absolute, in a circle", () => {
    const folder = folderWith(APP);
    const links = {
      file: "app.py",
      folder: "static",
      dangling: "nowhere",
      absolute: "/etc/hosts",
      circle: "circle",
      up: "..",
    };
    for (const [name, target] of Object.entries(links)) {
      symlinkSync(target, join(folder, name));
    }
    const staged = stage(folder);
    expect(filesOf(staged)).toEqual([...filesOf(folder)]);
    for (const [name, target] of Object.entries(links)) {
      expect(lstatSync(join(staged, name)).isSymbolicLink()).toBe(true);
      expect(readlinkSync(join(staged, name))).toBe(target);
    }
  });

  test("has the bytes of binary files and odd names", () => {
    const names = ["with space", "ünïcode", "quote\"'", "-dash", "a$b`c", "constructor", "__proto__"];
    const folder = folderWith({ ...APP, ...Object.fromEntries(names.map((name) => [`odd/${name}`, `\0${name}\xff`])) });
    const staged = stage(folder);
    for (const name of names.filter((name) => name !== "__proto__")) {
      expect(textOf(join(staged, "odd", name))).toBe(`\0${name}\xff`);
    }
  });
});

test("a pipe is refused, unless it is excluded", () => {
  const folder = folderWith(APP);
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(() => hashOf(folder)).toThrow(
    new Error(
      `image directory "${join(folder, "pipe")}" is not valid: it has a socket, pipe or device: exclude it in .dockerignore`,
    ),
  );
  write(folder, ".dockerignore", "pipe\n");
  expect(() => hashOf(folder)).not.toThrow();
});
