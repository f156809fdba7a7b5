import { Token } from "cdktf";
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { dockerIgnoreFilter } from "./docker-ignore";
import { invalidInput, quote } from "../checks/invalid-input";

/** What makes a build of a context another one. */
export interface BuildOptions {
  readonly dockerfile: string;
  /** The engine's own where none is given. */
  readonly platform?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string;
}

interface Entry {
  readonly name: string;
  readonly kind: "file" | "executable" | "link";
}

/** A folder that docker builds an image from, without what its `.dockerignore` excludes. */
export class BuildContext {
  private readonly entries: readonly Entry[];
  /** In the form that the entries' names have. */
  private readonly dockerfile: string;
  private readonly root: string;

  /** @throws if the folder or its Dockerfile is not there, or if something is known to Terraform only */
  constructor(
    private readonly directory: string,
    private readonly options: BuildOptions,
  ) {
    checkKnown(directory, options);
    this.root = path.resolve(directory);
    this.dockerfile = path.posix.normalize(options.dockerfile);
    if (this.dockerfile.startsWith("../") || path.posix.isAbsolute(this.dockerfile)) {
      throw invalidInput("dockerfile", options.dockerfile, "use a path in the image's folder, relative to it");
    }
    if (!fs.existsSync(this.root) || !fs.statSync(this.root).isDirectory()) {
      throw invalidInput("image directory", directory, "it is not there: use a folder with a Dockerfile");
    }
    if (!isFile(path.join(this.root, this.dockerfile))) {
      throw invalidInput(
        "image directory",
        directory,
        `it has no file ${quote(this.dockerfile)}: add one, or name it with the option dockerfile`,
      );
    }
    this.entries = this.listEntries();
  }

  /**
   * A hash of everything that can change the image: names, contents, executable bits, links' targets and the options; not
   * of umask, owner, times or order.
   */
  hash(): string {
    const hash = crypto.createHash("sha256");
    const { platform, target = null } = this.options;
    const buildArgs = Object.entries(this.options.buildArgs).sort(([a], [b]) => compare(a, b));
    const add = (...fields: unknown[]) => hash.update(`${JSON.stringify(fields)}\n`);
    add(this.dockerfile, platform, target, buildArgs);
    for (const entry of this.entries) {
      const source = path.join(this.root, entry.name);
      const content = entry.kind === "link" ? fs.readlinkSync(source) : fs.readFileSync(source);
      add(entry.kind, entry.name, crypto.createHash("sha256").update(content).digest("hex"));
    }
    return hash.digest("hex").slice(0, 32);
  }

  /** Copies the context, with modes that do not depend on the umask, so that the same tag is the same image. */
  copyTo(destination: string): void {
    fs.mkdirSync(destination, { recursive: true });
    fs.chmodSync(destination, 0o755);
    for (const entry of this.entries) {
      const source = path.join(this.root, entry.name);
      const target = path.join(destination, entry.name);
      this.makeFolder(destination, path.dirname(entry.name));
      if (entry.kind === "link") {
        fs.symlinkSync(fs.readlinkSync(source), target);
      } else {
        fs.copyFileSync(source, target);
        fs.chmodSync(target, entry.kind === "executable" ? 0o755 : 0o644);
      }
    }
  }

  private makeFolder(root: string, name: string): void {
    let folder = root;
    for (const part of name.split("/").filter((segment) => segment !== ".")) {
      folder = path.join(folder, part);
      fs.mkdirSync(folder, { recursive: true });
      fs.chmodSync(folder, 0o755);
    }
  }

  private listEntries(): Entry[] {
    const filter = this.ignoreFilter();
    return fs
      .readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => ({ entry, name: this.relativeName(entry) }))
      .filter(({ name }) => name === this.dockerfile || filter(name))
      .map(({ entry, name }): Entry => ({ name, kind: this.kindOf(entry, name) }))
      .sort((a, b) => compare(a.name, b.name));
  }

  private kindOf(entry: fs.Dirent, name: string): Entry["kind"] {
    if (entry.isSymbolicLink()) {
      return "link";
    }
    if (!entry.isFile()) {
      throw invalidInput(
        "image directory",
        path.join(this.directory, name),
        "it has a socket, pipe or device: exclude it in .dockerignore",
      );
    }
    return fs.statSync(path.join(this.root, name)).mode & 0o111 ? "executable" : "file";
  }

  private relativeName(entry: fs.Dirent): string {
    return path.relative(this.root, path.join(entry.parentPath, entry.name)).split(path.sep).join("/");
  }

  private ignoreFilter(): (name: string) => boolean {
    // As BuildKit has it: a Dockerfile's own file goes before the folder's.
    const file = [`${this.dockerfile}.dockerignore`, ".dockerignore"]
      .map((name) => path.join(this.root, name))
      .find(isFile);
    return file === undefined ? () => true : dockerIgnoreFilter(fs.readFileSync(file, "utf8"));
  }
}

/** The image's tag is known when the stack is synthesized, and so must be all that it depends on. */
function checkKnown(directory: string, options: BuildOptions): void {
  const buildArgs = Object.entries(options.buildArgs).map(([name, value]): [string, string] => [
    `build argument ${name}`,
    value,
  ]);
  for (const [what, value] of [
    ["image directory", directory],
    ["dockerfile", options.dockerfile],
    ["target", options.target],
    ...buildArgs,
  ] as const) {
    if (Token.isUnresolved(value)) {
      throw invalidInput(what, value, "the image's tag depends on it: use a value that is known before Terraform runs");
    }
  }
}

function isFile(file: string): boolean {
  return fs.existsSync(file) && fs.statSync(file).isFile();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
