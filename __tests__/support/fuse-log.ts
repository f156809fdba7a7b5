import { FileActivity } from "../../lib/verdict/file-activity";

/** When the first line is written, in seconds since 1970. */
export const START = 1_754_207_548;

/**
 * The log of one mount, as gcsfuse 3.11 writes it with the severity `trace` and the format `json`.
 *
 * @see https://github.com/jacobsa/fuse/blob/master/connection.go
 */
export class FuseLog {
  readonly lines: string[] = [];
  /** Seconds since the first line. */
  private clock = 0;
  private request = 0;
  private inodes = 1;

  wait(seconds: number): this {
    this.clock += seconds;
    return this;
  }

  /** A request of the kernel that went well; `answer` is what stands in its brackets. */
  ask(operation: string, fields: string, answer = ""): this {
    this.begin(operation, fields);
    this.line("TRACE", `fuse_debug: Op ${this.id()}        connection.go:585] -> ${operation} (${answer})`);
    return this;
  }

  /** One that failed, in the words of the system's error. */
  refuse(operation: string, fields: string, error: string): this {
    this.begin(operation, fields);
    this.line("ERROR", `fuse: Op ${this.id()} *fuseops.${operation}Op] -> Error: "${error}"`);
    return this;
  }

  /** A look at a name that is not there. */
  miss(name: string, parent = 1): this {
    this.begin("LookUpInode", `parent ${parent}, name ${JSON.stringify(name)}, PID 7`);
    this.line("TRACE", `fuse_debug: Op ${this.id()}        connection.go:588] -> Error: "no such file or directory"`);
    return this;
  }

  /** A new file, open for writing; returns its inode. */
  create(name: string, parent = 1): number {
    return this.child("CreateFile", name, parent);
  }

  /** A file or folder that was there before; returns its inode. */
  lookUp(name: string, parent = 1): number {
    return this.child("LookUpInode", name, parent);
  }

  /** A new folder; returns its inode. */
  makeFolder(name: string, parent = 1): number {
    return this.child("MkDir", name, parent);
  }

  write(inode: number, offset: number, bytes: number): this {
    return this.ask("WriteFile", `inode ${inode}, PID 7, handle 1, offset ${offset}, ${bytes} bytes`);
  }

  truncate(inode: number, size: number): this {
    return this.ask("SetInodeAttributes", `inode ${inode}, PID 7, size ${size}, mtime 2026-01-01 00:00:00 +0000 UTC`);
  }

  close(inode: number): this {
    return this.ask("FlushFile", `inode ${inode}, PID 7`);
  }

  rename(from: string, to: string, oldParent = 1, newParent = oldParent): this {
    const [oldName, newName] = [from, to].map((name) => JSON.stringify(name));
    return this.ask(
      "Rename",
      `PID 7, old_parent ${oldParent}, old_name ${oldName}, new_parent ${newParent}, new_name ${newName}`,
    );
  }

  unlink(name: string, parent = 1): this {
    return this.ask("Unlink", `parent ${parent}, name ${JSON.stringify(name)}, PID 7`);
  }

  /** A file that is written at once and closed; returns its inode. */
  save(name: string, bytes: number, parent = 1): number {
    const inode = this.create(name, parent);
    this.write(inode, 0, bytes).close(inode);
    return inode;
  }

  /** The activity that the verdict reads from it. */
  activity(mountPath = "/srv/files"): FileActivity {
    const activity = new FileActivity(mountPath);
    for (const line of this.lines) {
      activity.read(line);
    }
    activity.finish(START + this.clock);
    return activity;
  }

  private child(operation: string, name: string, parent: number): number {
    this.inodes += 1;
    this.ask(operation, `parent ${parent}, name ${JSON.stringify(name)}, PID 7`, `inode ${this.inodes}`);
    return this.inodes;
  }

  private begin(operation: string, fields: string): void {
    this.request += 2;
    this.line("TRACE", `fuse_debug: Op ${this.id()}        connection.go:486] <- ${operation} (${fields})`);
  }

  private id(): string {
    return `0x${this.request.toString(16).padStart(8, "0")}`;
  }

  private line(severity: string, message: string): void {
    const timestamp = { seconds: START + this.clock, nanos: 0 };
    this.lines.push(JSON.stringify({ timestamp, severity, message, "mount-id": "files-1a2b3c4d" }));
  }
}
