import execa from "execa";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { BuildContext } from "../../lib/images/build-context";
import { buildSpec } from "../../lib/images/build-spec";

const ROOT = join(__dirname, "../..");
const { name: PACKAGE, devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const PEERS = ["@cdktf/provider-docker", "@cdktf/provider-google", "cdktf", "constructs"];
const TYPESCRIPT = ["typescript", "ts-node", "@types/node"];

/** The README's simplest example, as a person would copy it. */
const EXAMPLE = /## The simplest example\n+```ts\n(.*?)```/s.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1];

interface Project {
  readonly packages: readonly string[];
  /** Added to package.json, over the versions that this repository uses. */
  readonly manifest?: object;
  readonly files: { readonly [name: string]: string };
  readonly commands: readonly (readonly string[])[];
}

const TSCONFIG = JSON.stringify({
  compilerOptions: { strict: true, target: "ES2022", module: "commonjs", skipLibCheck: true, types: ["node"] },
});
const PROJECTS: { [name: string]: Project } = {
  TypeScript: {
    packages: [...PEERS, ...TYPESCRIPT],
    files: { "main.ts": EXAMPLE, "tsconfig.json": TSCONFIG },
    commands: [
      ["npx", "tsc", "--noEmit"],
      ["npx", "ts-node", "main.ts"],
    ],
  },
  JavaScript: {
    packages: PEERS,
    files: {
      "main.js": transpileModule(EXAMPLE, {
        compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.CommonJS },
      }).outputText,
    },
    commands: [["node", "main.js"]],
  },
  "CDK Terrain": {
    packages: [...PEERS, ...TYPESCRIPT],
    manifest: { dependencies: { cdktf: "npm:cdktn@0.24.0" }, overrides: { cdktf: "$cdktf" } },
    files: { "main.ts": EXAMPLE, "tsconfig.json": TSCONFIG },
    commands: [
      ["npx", "tsc", "--noEmit"],
      ["npx", "ts-node", "main.ts"],
    ],
  },
};

/** Terraform's JSON without what the framework notes about itself. */
function synthesized(folder: string) {
  const file = join(folder, "cdktf.out/stacks/cloud/cdk.tf.json");
  const stack = JSON.parse(readFileSync(file, "utf8"), (key, value) => (key === "//" ? undefined : value));
  const { resource, data, provider, output } = stack;
  return { resource, data, provider, output };
}

function sizeOf(folder: string, excluded: readonly string[] = []): number {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => ({ entry, path: join(folder, entry.name) }))
    .filter(({ path }) => !excluded.some((part) => path.includes(part)))
    .reduce((sum, { entry, path }) => {
      if (entry.isSymbolicLink()) {
        return sum;
      }
      return sum + (entry.isDirectory() ? sizeOf(path, excluded) : statSync(path).size);
    }, 0);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;

describe("the tarball alone, in an empty folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  const run = (command: readonly string[], cwd: string) =>
    execa(command[0], command.slice(1), { cwd, all: true, env: { CHECKPOINT_DISABLE: "1" } });
  let tarball: string;

  beforeAll(async () => {
    await run(["npm", "run", "build"], ROOT);
    const { stdout } = await execa("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd: ROOT,
    });
    const [{ filename, size, unpackedSize }] = JSON.parse(stdout);
    tarball = join(folder, filename);
    console.log(`tarball: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)}`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function make(name: string): Promise<string> {
    const { packages, manifest = {}, files, commands } = PROJECTS[name];
    const project = join(folder, name.replace(/ /g, "-"));
    const { dependencies = {}, ...rest } = manifest as { dependencies?: object };
    const versions = Object.fromEntries(packages.map((dependency) => [dependency, devDependencies[dependency]]));
    const contents: { [name: string]: string } = {
      ...files,
      "package.json": JSON.stringify({
        private: true,
        dependencies: { ...versions, [PACKAGE]: `file:${tarball}`, ...dependencies },
        ...rest,
      }),
      "container/demo/Dockerfile": "FROM debian:bookworm-slim\n",
    };
    for (const [file, content] of Object.entries(contents)) {
      mkdirSync(join(project, file, ".."), { recursive: true });
      writeFileSync(join(project, file), content);
    }
    await run(["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"], project);
    for (const command of commands) {
      await run(command, project);
    }
    return project;
  }

  test.each(Object.keys(PROJECTS))(
    "a %s project synthesizes the README's example to the same resources",
    async (name) => {
      const project = await make(name);
      const { resource, provider } = synthesized(project);
      const framework = JSON.parse(readFileSync(join(project, "node_modules/cdktf/package.json"), "utf8"));
      expect(framework.name).toBe(name === "CDK Terrain" ? "cdktn" : "cdktf");
      const all = sizeOf(join(project, "node_modules"));
      const own = sizeOf(join(project, "node_modules", PACKAGE));
      const providers = sizeOf(join(project, "node_modules/@cdktf"));
      console.log(
        `${name}: install ${megabytes(all)}, of it the providers ${megabytes(providers)}, this package ${megabytes(own)}`,
      );
      expect(Object.keys(provider).sort()).toEqual(["docker", "google"]);
      const sidecar = new BuildContext(buildSpec(join(ROOT, "container/gcsfuse"), {}, "linux/amd64"));
      const images = Object.values<{ name: string }>(resource.docker_image).map((image) => image.name);
      expect(images).toContain(`us-east1-docker.pkg.dev/my-project/gallery/gcsfuse:${sidecar.hash()}`);
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(synthesized(project), null, 2));
      rmSync(project, { recursive: true });
    },
    600_000,
  );

  test("all of them are the same", () => {
    const [first, ...others] = Object.keys(PROJECTS).map((name) => readFileSync(join(folder, `${name}.json`), "utf8"));
    for (const other of others) {
      expect(JSON.parse(other)).toEqual(JSON.parse(first));
    }
  });
});
