import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { invalidInput, quote } from "../checks/invalid-input";
import { BuildSpec } from "./build-spec";
import { compare, ContextEntry, contextEntries, reading } from "./context-entries";
import { DockerIgnore, NOTHING_IGNORED, parseDockerIgnore } from "./docker-ignore";

/**
 * A folder that Docker builds an image from, without what its `.dockerignore` excludes.
 *
 * The hash and the copy are our own. cdktf's TerraformAsset ignores `.dockerignore` and keeps times and modes, which
 * differ between clones. The libraries that hash folders are asynchronous, or ignore links and modes.
 */
export class BuildContext {
  private readonly root: string;
  private readonly entries: readonly ContextEntry[];

  /** @throws if the folder or its Dockerfile does not exist, or if something in it cannot be used */
  constructor(private readonly spec: BuildSpec) {
    this.root = path.resolve(spec.directory);
    this.checkFolder();
    this.entries = contextEntries(this.root, this.readIgnoreFile(), spec.dockerfile);
  }

  /**
   * A hash of everything that can change the image: names, contents, executable bits, the targets of links, and the
   * build options. Umask, owners and times do not change it.
   */
  hash(): string {
    const hash = crypto.createHash("sha256");
    const { dockerfile, platform, target = null } = this.spec;
    const buildArgs = Object.entries(this.spec.buildArgs).sort(([a], [b]) => compare(a, b));
    const add = (...fields: unknown[]) => hash.update(`${JSON.stringify(fields)}\n`);
    add(dockerfile, platform, target, buildArgs);
    for (const { kind, name } of this.entries) {
      add(kind, name, this.hashOf(kind, path.join(this.root, name)));
    }
    return hash.digest("hex").slice(0, 32);
  }

  /** Copies the context, with modes that do not depend on the umask, so that a tag always means the same image. */
  copyTo(destination: string): void {
    fs.mkdirSync(destination, { recursive: true });
    fs.chmodSync(destination, 0o755);
    // Sorted, so that a folder comes before what is in it.
    for (const { kind, name } of this.entries) {
      const target = path.join(destination, name);
      const source = path.join(this.root, name);
      if (kind === "folder") {
        fs.mkdirSync(target, { recursive: true });
      } else if (kind === "link") {
        fs.symlinkSync(fs.readlinkSync(source, "buffer"), target);
      } else {
        fs.copyFileSync(source, target);
      }
      if (kind !== "link") {
        fs.chmodSync(target, kind === "file" ? 0o644 : 0o755);
      }
    }
  }

  private hashOf(kind: ContextEntry["kind"], file: string): string {
    const hash = crypto.createHash("sha256");
    if (kind === "link") {
      hash.update(reading(file, (name) => fs.readlinkSync(name, "buffer")));
    } else if (kind !== "folder") {
      reading(file, (name) => readInPieces(name, (piece) => hash.update(piece)));
    }
    return hash.digest("hex");
  }

  private checkFolder(): void {
    const { directory, dockerfile } = this.spec;
    const found = reading(this.root, (root) => fs.statSync(root, { throwIfNoEntry: false }));
    if (found === undefined) {
      throw invalidInput(
        "image directory",
        directory,
        `there is no folder ${quote(this.root)}: create it first, with a Dockerfile; a relative path is relative to the working directory`,
      );
    }
    if (!found.isDirectory()) {
      throw invalidInput("image directory", directory, "it is a file: use the folder that has the Dockerfile");
    }
    if (!isFile(path.join(this.root, dockerfile))) {
      throw invalidInput(
        "image directory",
        directory,
        `it has no file ${quote(dockerfile)}: add one, or name it with the option dockerfile`,
      );
    }
  }

  private readIgnoreFile(): DockerIgnore {
    // As in BuildKit, the ignore file of the Dockerfile itself wins over that of the folder.
    const file = [`${this.spec.dockerfile}.dockerignore`, ".dockerignore"]
      .map((name) => path.join(this.root, name))
      .find(isFile);
    if (file === undefined) {
      return NOTHING_IGNORED;
    }
    const content = reading(file, (name) => fs.readFileSync(name, "utf8"));
    try {
      return parseDockerIgnore(content);
    } catch (error) {
      throw invalidInput(
        "image directory",
        this.spec.directory,
        `the rule ${quote((error as Error).message)} in ${quote(path.relative(this.root, file))} is no pattern: close its brackets, or escape them with "\\"`,
      );
    }
  }
}

/** A file may be larger than the largest buffer. */
function readInPieces(file: string, use: (piece: Buffer) => void): void {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const descriptor = fs.openSync(file, "r");
  try {
    for (let length; (length = fs.readSync(descriptor, buffer)) > 0;) {
      use(buffer.subarray(0, length));
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function isFile(file: string): boolean {
  return reading(file, () => fs.statSync(file, { throwIfNoEntry: false }))?.isFile() ?? false;
}
