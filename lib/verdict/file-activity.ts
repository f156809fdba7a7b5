import * as path from "path";
import { parseFuseLine, FuseLine } from "./fuse-log";

/** An operation on a file that a bucket does not support or does slowly. */
export type RiskyOperation = "link" | "rename-folder" | "edit" | "append";

/** A file whose newest content is not in the bucket yet. */
export interface UnsavedFile {
  readonly path: string;
  readonly seconds: number;
  readonly bytes: number;
  readonly isOpen: boolean;
}

/** An operation that failed, with how often it did. */
export interface Failure {
  readonly operation: string;
  readonly path: string;
  readonly error: string;
  readonly count: number;
}

interface Inode {
  path: string;
  isFolder: boolean;
  /** The content's length, if it is known. */
  size?: number;
  /** Since when there is content that no flush has saved. */
  unsavedSince?: number;
  written: number;
  isNew: boolean;
  /** The length that a new file was saved with. */
  savedSize?: number;
  /** Opened by a program since the log began. */
  wasOpened: boolean;
  /** Removed or replaced: gcsfuse no longer saves it, even if a program still has it open. */
  isGone: boolean;
}

const ROOT = "1";

/** The file that fill.sh removes from the mount when it has copied the image's files. The app is started after that. */
const FILLING_MARKER = ".gcs-backed-container-app-filling";

/** The names of files that are there to be locked, or to be a lock themselves. */
const LOCK_NAME = /(^|[._-])(lock|lck)$/i;

/** Errors that programs cause and handle all the time, for example by looking for a file that may not exist. */
const ORDINARY_ERRORS = ["no such file or directory", "file exists", "directory not empty", "interrupted system call"];
/** Operations that the kernel and libraries try without needing them. */
const UNREMARKABLE = ["GetXattr", "ListXattr", "unknown", "StatFS"];

/** Follows one mount through gcsfuse's log: which file is which inode, and what is done to it. */
export class FileActivity {
  /** The files, or renamings, of each risky operation. */
  readonly risks = new Map<RiskyOperation, Set<string>>();
  firstTime = 0;
  lastTime = 0;
  private unsavedFiles: UnsavedFile[] = [];
  private readonly named = new Set<string>();
  private readonly inodes = new Map<string, Inode>();
  private readonly pending = new Map<string, FuseLine>();
  private readonly failed = new Map<string, Failure>();

  /** @param mountPath where the app has the mount */
  constructor(mountPath: string) {
    this.inodes.set(ROOT, this.inode(mountPath, true));
  }

  /** Sizes of the files that were created since the log began and still exist. */
  get created(): number[] {
    return [...this.inodes.values()].flatMap(({ isGone, savedSize }) =>
      isGone || savedSize === undefined ? [] : [savedSize],
    );
  }

  /** Every path that occurs in the log, without those of folders. */
  get paths(): Set<string> {
    const folders = [...this.inodes.values()].filter(({ isFolder }) => isFolder).map(({ path: folder }) => folder);
    const paths = new Set(this.named);
    folders.forEach((folder) => paths.delete(folder));
    return paths;
  }

  /** What no flush has saved for a while. Complete once `finish` was called. */
  get unsaved(): readonly UnsavedFile[] {
    return this.unsavedFiles;
  }

  /** Files that were opened and are named as locks are. gcsfuse is not told of locks: the kernel keeps them. */
  get lockFiles(): string[] {
    const opened = [...this.inodes.values()].filter(({ wasOpened }) => wasOpened).map(({ path: file }) => file);
    return [...new Set(opened.filter((file) => LOCK_NAME.test(path.posix.basename(file))))];
  }

  get failures(): Failure[] {
    return [...this.failed.values()];
  }

  /** The path of an inode; undefined if the log did not say it. */
  pathOf(inode: string): string | undefined {
    return this.inodes.get(inode)?.path;
  }

  read(line: string): void {
    const parsed = parseFuseLine(line);
    if (parsed === undefined) {
      return;
    }
    this.firstTime ||= parsed.time;
    this.lastTime = parsed.time;
    if (!parsed.isAnswer) {
      this.pending.set(parsed.request, parsed);
      return;
    }
    const asked = this.pending.get(parsed.request);
    this.pending.delete(parsed.request);
    if (asked?.operation === undefined) {
      return;
    }
    if (parsed.error === undefined) {
      this.onSuccess(asked.operation, asked, parsed);
    } else {
      this.onFailure(asked.operation, asked, parsed.error);
    }
  }

  /** Call it once at the end, with the time of the verdict: records what is still unsaved. */
  finish(now: number): void {
    for (const inode of this.inodes.values()) {
      this.recordUnsaved(inode, now, true);
    }
  }

  private onSuccess(operation: string, { fields, time }: FuseLine, answer: FuseLine): void {
    const inode = this.inodes.get(fields.inode);
    switch (operation) {
      case "LookUpInode":
      case "MkDir":
      case "CreateFile":
      case "MkNode":
      case "CreateSymlink":
        this.trackInode(operation, fields, answer.fields.inode);
        return;
      case "OpenFile":
        if (inode) {
          inode.wasOpened = true;
        }
        return;
      case "WriteFile":
        this.write(inode, Number(fields.offset), Number(fields.bytes), time);
        return;
      case "SetInodeAttributes":
        if (fields.size !== undefined) {
          this.truncate(inode, Number(fields.size), time);
        }
        return;
      case "FlushFile":
        this.flush(inode, time);
        return;
      case "Rename":
        this.rename(fields);
        return;
      case "OpenDir":
        if (inode) {
          inode.isFolder = true;
        }
        return;
      case "Unlink":
      case "RmDir":
        this.remove(this.child(fields.parent, fields.name));
        if (fields.parent === ROOT && fields.name === FILLING_MARKER) {
          this.forget();
        }
    }
  }

  /** What was done until now was not done by the app. */
  private forget(): void {
    this.risks.clear();
    this.failed.clear();
    this.named.clear();
    this.unsavedFiles = [];
    for (const inode of this.inodes.values()) {
      inode.isNew = false;
      inode.wasOpened = false;
      inode.savedSize = undefined;
    }
  }

  private trackInode(operation: string, fields: FuseLine["fields"], id: string | undefined): void {
    const filePath = this.child(fields.parent, fields.name);
    if (id === undefined || filePath === undefined) {
      return;
    }
    const known = this.inodes.get(id);
    const isNew = operation === "CreateFile";
    const isKnown = known?.path === filePath && !known.isGone && !isNew;
    const inode = isKnown ? known : this.inode(filePath, operation === "MkDir");
    if (isNew) {
      inode.isNew = true;
      inode.wasOpened = true;
      inode.size = 0;
    }
    this.inodes.set(id, inode);
    const parent = this.inodes.get(fields.parent);
    if (parent) {
      parent.isFolder = true;
    }
  }

  private write(inode: Inode | undefined, offset: number, bytes: number, time: number): void {
    if (inode === undefined || inode.isGone) {
      return;
    }
    const end = offset + bytes;
    const isFirst = inode.unsavedSince === undefined;
    if (inode.size === undefined || offset !== inode.size) {
      // If the length is unknown, a first write that is not at offset 0 may be an edit or an append.
      this.recordRisk(inode.size === undefined && offset > 0 ? "append" : "edit", inode.path);
    } else if (isFirst && offset > 0) {
      this.recordRisk("append", inode.path);
    }
    inode.size = Math.max(inode.size ?? 0, end);
    inode.unsavedSince ??= time;
    inode.written += bytes;
  }

  private truncate(inode: Inode | undefined, size: number, time: number): void {
    if (inode === undefined || inode.isGone) {
      return;
    }
    if (size > 0 && size !== inode.size) {
      this.recordRisk("edit", inode.path);
      inode.unsavedSince ??= time;
    }
    inode.size = size;
  }

  private flush(inode: Inode | undefined, time: number): void {
    if (inode === undefined) {
      return;
    }
    this.recordUnsaved(inode, time, false);
    if (inode.isNew) {
      inode.savedSize = inode.size;
    }
    inode.unsavedSince = undefined;
    inode.written = 0;
  }

  private recordUnsaved(inode: Inode, now: number, isOpen: boolean): void {
    if (inode.unsavedSince !== undefined) {
      const { path: filePath, written: bytes } = inode;
      this.unsavedFiles.push({ path: filePath, seconds: now - inode.unsavedSince, bytes, isOpen });
    }
  }

  private rename(fields: FuseLine["fields"]): void {
    const from = this.child(fields.old_parent, fields.old_name);
    const to = this.child(fields.new_parent, fields.new_name);
    if (from === undefined || to === undefined) {
      return;
    }
    const isFolder = [...this.inodes.values()].some((inode) => inode.path === from && !inode.isGone && inode.isFolder);
    if (isFolder) {
      this.recordRisk("rename-folder", `${from} -> ${to}`);
    }
    this.remove(to);
    for (const inode of this.inodes.values()) {
      if (inode.path === from || inode.path.startsWith(`${from}/`)) {
        inode.path = to + inode.path.slice(from.length);
      }
    }
  }

  private onFailure(operation: string, { fields }: FuseLine, error: string): void {
    const filePath = this.child(fields.parent ?? fields.old_parent, fields.name ?? fields.old_name);
    if (ORDINARY_ERRORS.includes(error) || UNREMARKABLE.includes(operation)) {
      return;
    }
    if (operation === "CreateLink") {
      this.recordRisk("link", filePath ?? "?");
      return;
    }
    const where = (fields.inode === undefined ? filePath : this.pathOf(fields.inode)) ?? "?";
    const key = `${operation}\n${where}\n${error}`;
    const count = (this.failed.get(key)?.count ?? 0) + 1;
    this.failed.set(key, { operation, path: where, error, count });
  }

  private remove(filePath: string | undefined): void {
    for (const inode of this.inodes.values()) {
      if (inode.path === filePath) {
        inode.isGone = true;
        inode.unsavedSince = undefined;
      }
    }
  }

  private child(parent: string | undefined, name: string | undefined): string | undefined {
    const folder = parent === undefined ? undefined : this.inodes.get(parent)?.path;
    if (folder === undefined || name === undefined) {
      return undefined;
    }
    const filePath = path.posix.join(folder, name);
    this.named.add(filePath);
    return filePath;
  }

  private inode(filePath: string, isFolder: boolean): Inode {
    return { path: filePath, isFolder, written: 0, isNew: false, wasOpened: false, isGone: false };
  }

  private recordRisk(operation: RiskyOperation, what: string): void {
    this.risks.set(operation, (this.risks.get(operation) ?? new Set()).add(what));
  }
}
