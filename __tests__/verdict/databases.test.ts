import { findDatabases, ListedObject } from "../../lib/verdict/databases";

const sqlite = Buffer.from("SQLite format 3\0\x10\0").toString("base64");
const text = Buffer.from("a text").toString("base64");
const objects = (files: { [path: string]: string }) =>
  new Map<string, ListedObject>(Object.entries(files).map(([name, head]) => [name, { name, size: 100, head }]));
const found = (files: { [path: string]: string }, seen: string[] = []) =>
  findDatabases(objects(files), new Set(seen)).map(({ kind, path }) => `${path}: ${kind}`);

test.each([
  ["/data/PG_VERSION", "PostgreSQL"],
  ["/data/ibdata1", "MySQL or MariaDB"],
  ["/data/WiredTiger.wt", "MongoDB"],
  ["/data/data.mdb", "LMDB"],
  ["/data/appendonly.aof", "Redis"],
])("%s is created by %s", (path, kind) => {
  expect(found({ [path]: text })).toEqual([`${path}: ${kind}`]);
});

test.each(["/data/PG_VERSION.txt", "/data/my-data.mdb", "/PG_VERSION/notes.txt"])("%s is nobody's", (path) => {
  expect(found({ [path]: text })).toEqual([]);
});

describe("SQLite", () => {
  test("is known by how its files begin, whatever their names are", () => {
    expect(found({ "/data/photos.bin": sqlite })).toEqual(["/data/photos.bin: SQLite"]);
    expect(found({ "/data/app.sqlite3": text })).toEqual([]);
  });

  test.each(["journal", "wal", "shm"])("that nobody has closed yet is known by its %s", (companion) => {
    expect(found({}, ["/data/app.db", `/data/app.db-${companion}`])).toEqual(["/data/app.db: SQLite"]);
  });

  test("is named once", () => {
    expect(found({ "/data/app.db": sqlite }, ["/data/app.db", "/data/app.db-wal"])).toHaveLength(1);
  });

  test("is not seen in a name alone", () => {
    expect(found({}, ["/data/travel-journal", "/data/travel.txt", "/data/app.db"])).toEqual([]);
  });
});

describe("LevelDB", () => {
  test("has a CURRENT and a manifest in one folder", () => {
    expect(found({ "/data/a/CURRENT": text, "/data/a/MANIFEST-000004": text })).toEqual([
      "/data/a/CURRENT: LevelDB or RocksDB",
    ]);
  });

  test.each<[string, string[]]>([
    ["a CURRENT alone", ["/data/a/CURRENT"]],
    ["a manifest of another folder", ["/data/a/CURRENT", "/data/b/MANIFEST-000004"]],
    ["another kind of manifest", ["/data/a/CURRENT", "/data/a/MANIFEST-old.txt"]],
  ])("is not seen in %s", (_, paths) => {
    expect(found(Object.fromEntries(paths.map((path) => [path, text])))).toEqual([]);
  });
});
