import { ListedObject } from "../../lib/verdict/databases";
import { findingsOf } from "../../lib/verdict/findings";
import { LockOrMap } from "../../lib/verdict/locks-and-maps";
import { RefusedUser } from "../../lib/verdict/processes";
import { FuseLog } from "../support/fuse-log";

interface Circumstances {
  readonly objects?: { [path: string]: string };
  readonly locksAndMaps?: LockOrMap[];
  readonly hidden?: string[];
  readonly refused?: RefusedUser[];
}

const OF_MOUNT = {
  path: "/srv/files",
  objects: new Map<string, ListedObject>(),
  locksAndMaps: [],
  hidden: [],
  rights: { uid: 0, gid: 7, mode: "755", areChecked: true },
  refused: [],
};

/** What is said of a mount at /srv/files, each finding as its first words and its files. */
function findings(log: FuseLog, { objects = {}, ...others }: Circumstances = {}): [string, readonly string[]][] {
  const listed = Object.entries(objects).map(([path, text]): [string, ListedObject] => [
    path,
    { name: path.slice(1), size: text.length, head: Buffer.from(text).toString("base64") },
  ]);
  return findingsOf({ ...OF_MOUNT, ...others, activity: log.activity(), objects: new Map(listed) }).map(
    ({ what, files }) => [what.split(/[:,]/)[0], files],
  );
}

const LINK = "Hard links were asked for";
const RENAME = "Folders were renamed";
const EDIT = "Files were edited in place";
const APPEND = "Files were appended to";
const OPEN = "Files are kept open while they are written";
const TRUNCATE = "Files were shortened by name (truncate)";
const DATABASE = "There are databases in the mounted folder";
const LOCK = "Files are locked at this moment";
const LOCK_NAME = "Files were opened that are named as locks are";
const MAP = "Files are mapped into memory for writing at this moment";
const SMALL = "Many small files were created";
const FAILED = "Operations failed";

test("an app that saves, replaces, reads and removes whole files is left in peace", () => {
  const log = new FuseLog();
  const folder = log.makeFolder("photos");
  log.save("a.jpg", 5_000_000, folder);
  log.miss("b.jpg", folder).save("b.jpg.part", 3_000_000, folder);
  log.rename("b.jpg.part", "b.jpg", folder);
  log.ask("ReadFile", `inode ${log.lookUp("b.jpg", folder)}, PID 7, handle 2, offset 0, 131072 bytes`);
  log.unlink("a.jpg", folder);
  expect(findings(log)).toEqual([]);
});

describe("hard links", () => {
  const names = 'parent 1, name "snapshot.bin", PID 7';

  test("that were refused are named by their new names", () => {
    const log = new FuseLog().refuse("CreateLink", names, "function not implemented");
    expect(findings(log)).toEqual([[LINK, ["/srv/files/snapshot.bin"]]]);
  });

  test("symbolic ones are none", () => {
    expect(findings(new FuseLog().ask("CreateSymlink", names, "inode 2"))).toEqual([]);
  });
});

describe("renamed folders", () => {
  const moved = "/srv/files/draft -> /srv/files/published";

  test("that were created just now", () => {
    const log = new FuseLog();
    log.makeFolder("draft");
    expect(findings(log.rename("draft", "published"))).toEqual([[RENAME, [moved]]]);
  });

  test("that were there before, by the files in them", () => {
    const log = new FuseLog();
    log.lookUp("a.txt", log.lookUp("draft"));
    expect(findings(log.rename("draft", "published"))).toEqual([[RENAME, [moved]]]);
  });

  test("that were there before, by a look into them", () => {
    const log = new FuseLog();
    log.ask("OpenDir", `inode ${log.lookUp("draft")}, PID 7`);
    expect(findings(log.rename("draft", "published"))).toEqual([[RENAME, [moved]]]);
  });

  test("into another folder, each by its newest name", () => {
    const log = new FuseLog();
    const archive = log.makeFolder("archive");
    const draft = log.makeFolder("draft");
    log.makeFolder("images", draft);
    log.rename("draft", "old", 1, archive).rename("images", "pictures", draft);
    expect(findings(log)).toEqual([
      [
        RENAME,
        [
          "/srv/files/draft -> /srv/files/archive/old",
          "/srv/files/archive/old/images -> /srv/files/archive/old/pictures",
        ],
      ],
    ]);
  });

  test("files are none, not even under the name of a folder that was removed", () => {
    const log = new FuseLog();
    log.makeFolder("draft");
    log.ask("RmDir", 'parent 1, name "draft", PID 7');
    log.save("draft", 10);
    expect(findings(log.rename("draft", "published"))).toEqual([]);
  });

  test("a rename that failed is a failure", () => {
    const log = new FuseLog();
    log.makeFolder("draft");
    const fields = 'PID 7, old_parent 1, old_name "draft", new_parent 1, new_name "published"';
    expect(findings(log.refuse("Rename", fields, "too many open files"))).toEqual([
      [FAILED, ["/srv/files/draft: Rename: too many open files"]],
    ]);
  });
});

describe("edits in place", () => {
  test("in the middle of a file", () => {
    const log = new FuseLog();
    const disk = log.save("disk.img", 262_144);
    expect(findings(log.write(disk, 4096, 512).close(disk))).toEqual([[EDIT, ["/srv/files/disk.img"]]]);
  });

  test("at the beginning of a file that was there before", () => {
    const log = new FuseLog();
    const disk = log.lookUp("disk.img");
    expect(findings(log.write(disk, 0, 512).close(disk))).toEqual([[EDIT, ["/srv/files/disk.img"]]]);
  });

  test("by cutting a file that is open", () => {
    const log = new FuseLog();
    const disk = log.save("disk.img", 262_144);
    expect(findings(log.truncate(disk, 4096).close(disk))).toEqual([[EDIT, ["/srv/files/disk.img"]]]);
  });

  test("a file that was emptied and written anew is none", () => {
    const log = new FuseLog();
    const text = log.lookUp("a.txt");
    expect(findings(log.truncate(text, 0).write(text, 0, 100).write(text, 100, 50).close(text))).toEqual([]);
  });

  test("a change of nothing but the time is none", () => {
    const log = new FuseLog();
    const text = log.lookUp("a.txt");
    const fields = `inode ${text}, PID 7, mtime 2026-01-01 00:00:00 +0000 UTC`;
    expect(findings(log.ask("SetInodeAttributes", fields).close(text))).toEqual([]);
  });

  test("a temporary file without a name, which no bucket gets, is none", () => {
    const log = new FuseLog();
    const scratch = log.create("scratch");
    log.unlink("scratch").write(scratch, 0, 4096).write(scratch, 1024, 10).truncate(scratch, 5);
    expect(findings(log.wait(3600))).toEqual([]);
  });
});

describe("appends", () => {
  test("to a file that had been closed", () => {
    const log = new FuseLog();
    const list = log.save("list.csv", 100);
    expect(findings(log.write(list, 100, 20).close(list))).toEqual([[APPEND, ["/srv/files/list.csv"]]]);
  });

  test("to a file that was there before, whatever its length is", () => {
    const log = new FuseLog();
    const list = log.lookUp("list.csv");
    expect(findings(log.write(list, 100, 20).close(list))).toEqual([[APPEND, ["/srv/files/list.csv"]]]);
  });

  test("are named by what the file is called", () => {
    const log = new FuseLog();
    const list = log.save("new.csv", 100);
    log.rename("new.csv", "list.csv");
    expect(findings(log.write(list, 100, 20).close(list))).toEqual([[APPEND, ["/srv/files/list.csv"]]]);
  });

  test("a file that is written in pieces before it is closed has none", () => {
    const log = new FuseLog();
    const list = log.create("list.csv");
    expect(findings(log.write(list, 0, 100).write(list, 100, 20).close(list))).toEqual([]);
  });
});

describe("files that are kept open", () => {
  test("for ten seconds and more, with what is not saved of them", () => {
    const log = new FuseLog();
    const access = log.create("access.log");
    log.write(access, 0, 17).wait(6).write(access, 17, 17).wait(6);
    expect(findings(log)).toEqual([[OPEN, ["/srv/files/access.log (34 bytes not saved for 12 seconds)"]]]);
  });

  test("for minutes, and little was written meanwhile", () => {
    const log = new FuseLog();
    const access = log.create("access.log");
    log.write(access, 0, 17).wait(90).close(access);
    expect(findings(log)).toEqual([[OPEN, ["/srv/files/access.log (17 bytes that were saved only after 90 seconds)"]]]);
  });

  test("an upload that is under way is none", () => {
    const log = new FuseLog();
    log.write(log.create("large.zip"), 0, 131_072).wait(9);
    expect(findings(log)).toEqual([]);
  });

  test("a large upload that took minutes is none", () => {
    const log = new FuseLog();
    const large = log.create("large.zip");
    log.write(large, 0, 1_000_000).wait(300).close(large);
    expect(findings(log)).toEqual([]);
  });

  test("one that is only read, or was removed or replaced, is none", () => {
    const log = new FuseLog();
    log.create("read.txt");
    log.write(log.create("removed.txt"), 0, 17).unlink("removed.txt");
    log.write(log.create("replaced.txt"), 0, 17);
    log.save("new.txt", 17);
    expect(findings(log.rename("new.txt", "replaced.txt").wait(100))).toEqual([]);
  });
});

describe("files that were shortened by name", () => {
  test("and are not saved", () => {
    const log = new FuseLog();
    expect(findings(log.truncate(log.save("a.log", 100), 40))).toEqual([
      [EDIT, ["/srv/files/a.log"]],
      [TRUNCATE, ["/srv/files/a.log"]],
    ]);
  });

  test("one that was closed afterwards is saved", () => {
    const log = new FuseLog();
    const text = log.save("a.log", 100);
    expect(findings(log.truncate(text, 40).close(text))).toEqual([[EDIT, ["/srv/files/a.log"]]]);
  });

  test("one that keeps its length is none", () => {
    const log = new FuseLog();
    expect(findings(log.truncate(log.save("a.log", 100), 100))).toEqual([]);
  });
});

describe("databases", () => {
  const sqlite = "SQLite format 3\0";

  test("are named with their kind, and not for how they work on their files", () => {
    const log = new FuseLog();
    const database = log.save("app.db", 8192);
    const journal = log.create("app.db-journal");
    log.write(journal, 0, 512).write(journal, 8, 4).write(database, 4096, 4096).wait(60);
    expect(findings(log, { objects: { "/srv/files/app.db": sqlite } })).toEqual([
      [DATABASE, ["/srv/files/app.db (SQLite)"]],
    ]);
  });

  test("that were never closed are known by the journals that are looked for", () => {
    const log = new FuseLog();
    log.create("app.db");
    expect(findings(log.miss("app.db-journal").miss("app.db-wal"))).toEqual([
      [DATABASE, ["/srv/files/app.db (SQLite)"]],
    ]);
  });

  test("other files are none, and are judged beside them", () => {
    const log = new FuseLog();
    const list = log.save("travel-journal", 100);
    log.write(list, 100, 20).close(list);
    expect(findings(log, { objects: { "/srv/files/travel-journal": "Monday" } })).toEqual([
      [APPEND, ["/srv/files/travel-journal"]],
    ]);
  });
});

describe.each([
  ["lock", LOCK],
  ["map", MAP],
] as const)("a %s", (kind, title) => {
  const other = kind === "lock" ? "map" : "lock";

  test("is named once, by its file", () => {
    const log = new FuseLog();
    const one = { kind, device: "0:45", inode: String(log.save("index.bin", 10)) };
    expect(findings(log, { locksAndMaps: [one, one] })).toEqual([[title, ["/srv/files/index.bin"]]]);
  });

  test("on a file that the log does not name is named by the inode", () => {
    expect(findings(new FuseLog(), { locksAndMaps: [{ kind, device: "0:45", inode: "99" }] })).toEqual([
      [title, ["inode 99"]],
    ]);
  });

  test(`is no ${other}`, () => {
    const locksAndMaps: LockOrMap[] = [{ kind: other, device: "0:45", inode: "99" }];
    expect(findings(new FuseLog(), { locksAndMaps }).map(([what]) => what)).not.toContain(title);
  });
});

describe("many small files", () => {
  const saved = (count: number, bytes: number) => {
    const log = new FuseLog();
    for (let number = 0; number < count; number++) {
      log.save(`${number}.txt`, bytes);
    }
    return log;
  };

  test("500 below 64 KiB", () => {
    expect(findings(saved(500, 65_535))).toEqual([[SMALL, ["500 files below 64 KiB"]]]);
  });

  test("fewer are none", () => {
    expect(findings(saved(499, 10))).toEqual([]);
  });

  test("larger ones are none", () => {
    expect(findings(saved(500, 65_536))).toEqual([]);
  });

  test("those that were removed do not count", () => {
    expect(findings(saved(500, 10).unlink("7.txt"))).toEqual([]);
  });

  test("one that is replaced again and again counts as one", () => {
    const log = new FuseLog();
    for (let number = 0; number < 500; number++) {
      log.save(`.settings.${number}`, 10);
      log.rename(`.settings.${number}`, "settings.json");
    }
    expect(findings(log)).toEqual([]);
  });
});

describe("operations that failed", () => {
  test("are named with the file, the error, and how often they did", () => {
    const log = new FuseLog();
    const fields = `inode ${log.save("a.txt", 10)}, PID 7, offset 0, length 4096, mode 0`;
    log.refuse("Fallocate", fields, "function not implemented").refuse("Fallocate", fields, "function not implemented");
    log.refuse("MkNode", 'parent 1, name "pipe", PID 7', "operation not supported");
    expect(findings(log)).toEqual([
      [
        FAILED,
        [
          "/srv/files/a.txt: Fallocate: function not implemented (2 times)",
          "/srv/files/pipe: MkNode: operation not supported",
        ],
      ],
    ]);
  });

  test.each(["no such file or directory", "file exists", "directory not empty", "interrupted system call"])(
    "every program meets: %s",
    (error) => {
      expect(findings(new FuseLog().refuse("RmDir", 'parent 1, name "a", PID 7', error))).toEqual([]);
    },
  );

  test.each([
    ["GetXattr", 'inode 1, name "security.capability", PID 7, name security.capability'],
    ["ListXattr", "inode 1, PID 7"],
    ["unknown", "opcode 3"],
  ])("libraries and the kernel only ask: %s", (operation, fields) => {
    expect(findings(new FuseLog().refuse(operation, fields, "function not implemented"))).toEqual([]);
  });
});

describe("files that are named as locks", () => {
  test.each([".Radicale.lock", "LOCK", "cache.lck", "db_lock"])("are told when they were opened: %s", (name) => {
    const log = new FuseLog();
    log.ask("OpenFile", `inode ${log.lookUp(name)}, PID 7`, "handle 1");
    expect(findings(log)).toEqual([[LOCK_NAME, [`/srv/files/${name}`]]]);
  });

  test("are to be kept elsewhere, where the app can be told to", () => {
    const log = new FuseLog();
    log.save("a.lock", 0);
    const [{ advice }] = findingsOf({ ...OF_MOUNT, activity: log.activity() });
    expect(advice).toContain("let the app keep its locks outside the mount");
  });

  test("also after they were removed, each once", () => {
    const log = new FuseLog();
    log.save("a.lock", 0);
    log.unlink("a.lock").save("a.lock", 0);
    log.unlink("a.lock");
    expect(findings(log)).toEqual([[LOCK_NAME, ["/srv/files/a.lock"]]]);
  });

  test("but not when they get another name, as a file that is written under a temporary one", () => {
    const log = new FuseLog();
    log.save("index.lock", 100);
    expect(findings(log.rename("index.lock", "index"))).toEqual([]);
  });

  test.each(["clock", "block.txt", "a.locked", "lock.png"])("nor others: %s", (name) => {
    const log = new FuseLog();
    log.save(name, 100);
    expect(findings(log)).toEqual([]);
  });

  test("nor when they were only looked at", () => {
    const log = new FuseLog();
    log.lookUp("a.lock");
    expect(findings(log.miss("b.lock"))).toEqual([]);
  });

  test("nor again when they are locked at this moment", () => {
    const log = new FuseLog();
    const inode = log.save("a.lock", 0);
    const locksAndMaps: LockOrMap[] = [{ kind: "lock", device: "0:45", inode: String(inode) }];
    expect(findings(log, { locksAndMaps })).toEqual([[LOCK, ["/srv/files/a.lock"]]]);
  });
});

describe("the image's own files", () => {
  test("that were copied into an empty bucket are not what the app did", () => {
    const log = new FuseLog();
    log.save(".gcs-backed-container-app-filling", 60);
    for (let number = 0; number < 600; number++) log.save(`icon-${number}.svg`, 100);
    const cut = log.save("cut.txt", 10);
    log.write(cut, 10, 10).close(cut).save("x.lock", 0);
    log.refuse("Fallocate", "inode 2", "function not implemented");
    log.unlink(".gcs-backed-container-app-filling");
    expect(findings(log)).toEqual([]);
    log.write(cut, 20, 10).close(cut);
    expect(findings(log)).toEqual([[APPEND, ["/srv/files/cut.txt"]]]);
  });

  test("are counted where a program of the app removes a file of that name in another folder", () => {
    const log = new FuseLog();
    for (let number = 0; number < 500; number++) log.save(`session-${number}`, 100);
    const folder = log.makeFolder("b");
    log.save(".gcs-backed-container-app-filling", 1, folder);
    log.unlink(".gcs-backed-container-app-filling", folder);
    expect(findings(log).map(([what]) => what)).toEqual([SMALL]);
  });

  test("that the mount hides are named", () => {
    const hidden = ["/srv/files/pages", "/srv/files/cache"];
    expect(findings(new FuseLog(), { hidden })).toEqual([["The image has files where the bucket is mounted", hidden]]);
  });
});

describe("users who may not write", () => {
  const mountOf = (...refused: RefusedUser[]) => ({ ...OF_MOUNT, refused, activity: new FuseLog().activity() });

  test("are named, with their programs and the owner", () => {
    const [{ what, files, advice }] = findingsOf(mountOf({ uid: 33, programs: ["apache2", "cron"] }));
    expect(what).toBe("Processes of the app may not write to the mount, since its files belong to another user");
    expect(files).toEqual(["/srv/files: user 33 (apache2, cron), which belongs to 0:7 with the mode 755"]);
    expect(advice).toBe("If they are to write, set uid: 33 on the mount.");
  });

  test("several need other modes", () => {
    const [{ advice }] = findingsOf(mountOf({ uid: 33, programs: ["a"] }, { uid: 34, programs: ["b"] }));
    expect(advice).toBe('If they are to write, set fileMode: "0666" and dirMode: "0777" on the mount.');
  });
});

describe("a disk is shown as it would be declared", () => {
  const disk = (objects: [string, ListedObject][], path = "/srv/files") => {
    const [{ advice }] = findingsOf({
      ...OF_MOUNT,
      path,
      activity: new FuseLog().activity(),
      objects: new Map(objects),
    });
    return /disks: \[\{.*?\}\]/.exec(advice)?.[0];
  };
  const database = (size: number): [string, ListedObject] => [
    "/srv/files/db/app.db",
    { name: "db/app.db", size, head: Buffer.from("SQLite format 3\0").toString("base64") },
  ];

  test("for the folder of the mount, since none may lie inside a mount", () => {
    expect(disk([database(4096)])).toBe('disks: [{ path: "/srv/files", sizeGb: 10 }]');
  });

  test("with room for twice what there is", () => {
    const others: ListedObject = { name: "film.mp4", size: 40e9, head: "" };
    expect(disk([database(1e9), ["/srv/files/film.mp4", others]])).toBe('disks: [{ path: "/srv/files", sizeGb: 82 }]');
  });

  test("also for what is edited in place or appended to", () => {
    for (const offset of [50, 100]) {
      const log = new FuseLog();
      const file = log.save("list.csv", 100);
      log.write(file, offset, 20).close(file);
      const [{ advice }] = findingsOf({ ...OF_MOUNT, activity: log.activity() });
      expect(advice).toContain('Or keep this folder on a disk (disks: [{ path: "/srv/files", sizeGb: 10 }])');
    }
  });

  test("whatever is in its path", () => {
    expect(disk([database(1)], '/srv/a "b"')).toBe('disks: [{ path: "/srv/a \\"b\\"", sizeGb: 10 }]');
  });
});

test("every finding says what to do, as a sentence of its own", () => {
  const log = new FuseLog();
  log.makeFolder("draft");
  const disk = log.save("disk.img", 100);
  log.rename("draft", "published").write(disk, 50, 10).wait(60);
  const all = findingsOf({
    ...OF_MOUNT,
    activity: log.activity(),
    objects: new Map([["/srv/files/ibdata1", { name: "ibdata1", size: 1, head: "" }]]),
    locksAndMaps: [
      { kind: "lock", device: "0:45", inode: "1" },
      { kind: "map", device: "0:45", inode: "1" },
    ],
    hidden: ["/srv/files/pages"],
    refused: [{ uid: 33, programs: ["apache2"] }],
  });
  expect(all).toHaveLength(8);
  for (const { what, advice } of all) {
    expect(what).not.toMatch(/\.$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  }
});
