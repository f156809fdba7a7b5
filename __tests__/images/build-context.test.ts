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
import { join, relative } from "node:path";
import { BuildContext } from "../../lib/images/build-context";
import { buildSpec } from "../../lib/images/build-spec";
import { DirectoryImageOptions } from "../../lib";
import { filesOf, folderWith, modeOf, textOf, write } from "../support/folder";

type BuildOptions = DirectoryImageOptions & { platform?: string };

const APP = { Dockerfile: "FROM scratch\n", "app.py": "print()\n", "static/style.css": "a{}\n" };

const contextOf = (folder: string, { platform = "linux/amd64", ...options }: BuildOptions = {}) =>
  new BuildContext(buildSpec(folder, options, platform));
const hashOf = (folder: string, options: BuildOptions = {}) => contextOf(folder, options).hash();

function stage(folder: string, options: BuildOptions = {}): string {
  const staged = join(folderWith(), "staged");
  contextOf(folder, options).copyTo(staged);
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
  expect(hashOf(folderWith(APP))).toBe("724ddceac2aa5ee04c6860ba12e961f5");
});

describe("what changes the image changes the hash", () => {
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
    ["an empty folder", (folder) => mkdirSync(join(folder, "empty"))],
    [
      "an empty folder for an empty file",
      (folder) => (rmSync(join(folder, "app.py")), mkdirSync(join(folder, "app.py"))),
    ],
  ])("%s", (_, change) => {
    const [before, after] = hashes(change);
    expect(after).not.toBe(before);
  });

  test.each<[string, BuildOptions]>([
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

describe("what does not change the image does not change the hash", () => {
  test.each<[string, (folder: string) => void]>([
    ["timestamps", (folder) => utimesSync(join(folder, "app.py"), 1, 1)],
    ["the group's and others' rights", (folder) => chmodSync(join(folder, "app.py"), 0o600)],
    ["rights of a folder", (folder) => chmodSync(join(folder, "static"), 0o700)],
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

  test("the order in which files were created", () => {
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

  test("has the same hash as its source", () => {
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

describe("empty folders are sent, as Docker sends them", () => {
  const folders = (root: string) =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort();

  test.each<[string, string, string[]]>([
    ["all of them", "", ["a", "a/b", "a/c", "static"]],
    ["not one that is excluded", "a/b\n", ["a", "a/c", "static"]],
    ["not what is in one that is excluded", "a\n", ["static"]],
    ["one that is let in again", "a\n!a/b\n", ["a", "a/b", "static"]],
    ["one of which all files are excluded", "static/*\n", ["a", "a/b", "a/c", "static"]],
    ["not one that is excluded with its files", "static\n", ["a", "a/b", "a/c"]],
  ])("%s", (_, rules, expected) => {
    const folder = folderWith({ ...APP, ".dockerignore": rules });
    mkdirSync(join(folder, "a/b"), { recursive: true });
    mkdirSync(join(folder, "a/c"));
    const staged = stage(folder);
    expect(folders(staged)).toEqual(expected);
    expect(hashOf(staged)).toBe(hashOf(folder));
  });
});

test("every byte of a large file counts", () => {
  const folder = folderWith({ ...APP, large: "x".repeat(3 * 2 ** 20) });
  const before = hashOf(folder);
  write(folder, "large", `${"x".repeat(3 * 2 ** 20 - 1)}y`);
  expect(hashOf(folder)).not.toBe(before);
});

test("a file may be larger than 2 GiB, which node cannot read at once", () => {
  const folder = folderWith({ ...APP, large: "" });
  // A hole: it takes no room on the disk. Simulated: its end comes early, since to hash all of it takes many seconds.
  fs.truncateSync(join(folder, "large"), 2 ** 31 + 1);
  const read = fs.readSync as (...args: unknown[]) => number;
  let left = 5;
  const spy = jest
    .spyOn(fs, "readSync")
    .mockImplementation(((...args: unknown[]) => (left-- > 0 ? read(...args) : 0)) as never);
  try {
    expect(hashOf(folder)).toMatch(/^[0-9a-f]{32}$/);
  } finally {
    spy.mockRestore();
  }
});

describe("what cannot be read is named, with what to do", () => {
  /** The operating system's answer for one path; the tests may run as a user who may read everything. */
  const denied = (method: "readdirSync" | "openSync", path: string, code: string, work: () => void) => {
    const real = fs[method] as (...args: unknown[]) => unknown;
    const spy = jest.spyOn(fs, method).mockImplementation(((...args: unknown[]) => {
      if (args[0] === path) throw Object.assign(new Error(`${code}: simulated`), { code, syscall: "open" });
      return real(...args);
    }) as never);
    try {
      work();
    } finally {
      spy.mockRestore();
    }
  };

  test.each<["readdirSync" | "openSync", string, string]>([
    ["openSync", "app.py", "EACCES"],
    ["openSync", "app.py", "ENOENT"],
    ["readdirSync", "static", "EACCES"],
  ])("%s of %s: %s", (method, name, code) => {
    const folder = folderWith(APP);
    denied(method, join(folder, name), code, () =>
      expect(() => hashOf(folder)).toThrow(
        new Error(
          `image directory "${join(folder, name)}" is not valid: it cannot be read (${code}, open): let the user that runs synth read it, or exclude it in .dockerignore`,
        ),
      ),
    );
  });

  test("a folder that is excluded is not read", () => {
    const folder = folderWith({ ...APP, ".dockerignore": "static\n" });
    denied("readdirSync", join(folder, "static"), "EACCES", () => expect(() => hashOf(folder)).not.toThrow());
  });
});

test("a rule of .dockerignore that is no pattern is refused, as Docker refuses it", () => {
  const folder = folderWith({ ...APP, ".dockerignore": "*.log\n[a\n" });
  expect(() => hashOf(folder)).toThrow(
    new Error(
      `image directory "${folder}" is not valid: the rule "[a" in ".dockerignore" is no pattern: close its brackets, or escape them with "\\"`,
    ),
  );
});

test("a name that is not UTF-8 is refused, unless it is excluded", () => {
  const folder = folderWith({ ...APP, "odd/\ufffd": "a name with this very character" });
  expect(() => hashOf(folder)).not.toThrow();
  fs.writeFileSync(Buffer.concat([Buffer.from(join(folder, "odd/caf")), Buffer.from([0xe9])]), "");
  expect(() => hashOf(folder)).toThrow(
    new Error(
      `image directory "${join(folder, "odd/caf\ufffd")}" is not valid: the name is not valid UTF-8: rename it, or exclude its folder in .dockerignore`,
    ),
  );
  write(folder, ".dockerignore", "odd\n");
  expect(() => hashOf(folder)).not.toThrow();
});

test("a pipe is refused, unless it is excluded", () => {
  const folder = folderWith(APP);
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(() => hashOf(folder)).toThrow(
    new Error(
      `image directory "${join(folder, "pipe")}" is not valid: it is a socket, pipe or device: exclude it in .dockerignore`,
    ),
  );
  write(folder, ".dockerignore", "pipe\n");
  expect(() => hashOf(folder)).not.toThrow();
});
