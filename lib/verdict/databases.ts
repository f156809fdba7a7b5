import * as path from "path";

/** An object of the bucket, with its first bytes. */
export interface ListedObject {
  readonly name: string;
  readonly size: number;
  /** Base64. */
  readonly head: string;
}

/** A database that lies in a mounted folder. */
export interface Database {
  readonly kind: string;
  readonly path: string;
}

/** Names of files that only one database creates. */
const NAMES = new Map([
  ["PG_VERSION", "PostgreSQL"],
  ["ibdata1", "MySQL or MariaDB"],
  ["WiredTiger.wt", "MongoDB"],
  ["data.mdb", "LMDB"],
  ["appendonly.aof", "Redis"],
]);
const SQLITE = "SQLite";
const SQLITE_HEAD = "SQLite format 3\0";
/** The names of the files that SQLite creates beside a database while it works on it. */
export const SQLITE_COMPANION = /-(journal|wal|shm)$/;

/** @param seen paths that the app looked for or wrote, as the log names them */
export function findDatabases(objects: ReadonlyMap<string, ListedObject>, seen: ReadonlySet<string>): Database[] {
  const found = new Map<string, string>();
  for (const [filePath, { head }] of objects) {
    const kind = Buffer.from(head, "base64").toString("latin1").startsWith(SQLITE_HEAD)
      ? SQLITE
      : kindByName(filePath, objects);
    if (kind !== undefined) {
      found.set(filePath, kind);
    }
  }
  // A database that was never closed is not in the bucket yet, but SQLite has looked for its journal, `NAME-journal`.
  for (const filePath of seen) {
    const base = filePath.replace(SQLITE_COMPANION, "");
    if (base !== filePath && seen.has(base)) {
      found.set(base, SQLITE);
    }
  }
  return [...found].map(([filePath, kind]) => ({ kind, path: filePath }));
}

function kindByName(filePath: string, objects: ReadonlyMap<string, unknown>): string | undefined {
  const name = path.posix.basename(filePath);
  if (name === "CURRENT" && [...objects.keys()].some((other) => isManifest(other, path.posix.dirname(filePath)))) {
    return "LevelDB or RocksDB";
  }
  return NAMES.get(name);
}

function isManifest(filePath: string, folder: string): boolean {
  return path.posix.dirname(filePath) === folder && /^MANIFEST-\d+$/.test(path.posix.basename(filePath));
}
