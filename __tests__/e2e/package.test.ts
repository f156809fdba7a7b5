import execa from "execa";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { GcsBackedContainerApp } from "../../lib";
import { simplest, Synthesized, synthesize } from "../support/synthesize";
import { Project } from "./support/package/project";
import { codeBlocks } from "./support/package/readme";

const ROOT = join(__dirname, "../..");
const { name: PACKAGE, repository } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const ADDRESS = `git+${repository.url}`;

/** README.md's blocks. The only change that is made to them is where the package comes from. */
const [INSTALL] = codeBlocks("Install", "sh");
const [APP] = codeBlocks("The simplest example", "sh");
const [EXAMPLE] = codeBlocks("The simplest example", "ts");
const [TSCONFIG, CDKTF_JSON] = codeBlocks("The simplest example", "json");
const [TERRAIN] = codeBlocks("CDK Terrain", "json");
const COMMONJS = transpileModule(EXAMPLE, {
  compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.CommonJS },
}).outputText;

/** The name and tag of the sidecar's image, without its registry. */
function sidecarOf({ resource }: Pick<Synthesized, "resource">): string {
  const names = Object.values(resource.docker_image).map(({ name }) => name.split("/").at(-1));
  return names.find((name) => name.startsWith("gcsfuse:"));
}

/** A git address makes npm install what this repository is built with: minutes on a busy machine. */
const MOST = 1_200_000;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;

describe("README.md's example in the project of somebody else", () => {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  const synthesized: { [project: string]: Awaited<ReturnType<Project["synthesize"]>> } = {};
  let tarball: string;
  let clone: string;

  function from(place: string, text: string): string {
    expect(text).toContain(ADDRESS);
    return text.replace(ADDRESS, place);
  }

  beforeAll(async () => {
    const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
    const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(stdout.slice(stdout.indexOf("\n[") + 1));
    tarball = join(folder, filename);
    console.log(`tarball: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)} in ${entryCount} files`);
    clone = join(folder, "clone.git");
    await execa("git", ["clone", "--quiet", "--bare", "--no-local", ROOT, clone]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test(
    "the tarball in a project that cdktf init writes today: TypeScript, and the CLI",
    async () => {
      const project = new Project(join(folder, "init"));
      const cdktf = join(ROOT, "node_modules/.bin/cdktf");
      await project.paste(
        `CI=1 ${cdktf} init --template=typescript --local --project-name=mine --project-description=mine --enable-crash-reporting=false`,
      );
      const { dependencies, devDependencies } = project.json("package.json");
      console.log(`cdktf init writes constructs ${dependencies.constructs}, typescript ${devDependencies.typescript}`);
      await project.paste(from(tarball, INSTALL));
      await project.paste(APP);
      project.write("main.ts", EXAMPLE);
      await project.paste("npx tsc --noEmit");
      synthesized["cdktf init, ts-node"] = await project.synthesize("npx ts-node main.ts");
      synthesized["cdktf init, the CLI"] = await project.synthesize(`${cdktf} synth`);
      const own = project.size(`node_modules/${PACKAGE}`);
      const providers = project.size("node_modules/@cdktf");
      console.log(`installed: the providers ${megabytes(providers)}, this package ${megabytes(own)}`);
    },
    MOST,
  );

  test(
    "the repository in an empty folder, by its git address: TypeScript, the CLI, ES modules and CommonJS",
    async () => {
      const project = new Project(join(folder, "empty"));
      await project.paste("npm init --yes");
      const said = await project.paste(from(`git+file://${clone}`, INSTALL));
      // npm names the packages whose install scripts somebody would have to allow.
      expect(said).not.toContain(`${PACKAGE}@`);
      await project.paste(APP);
      project.write("main.ts", EXAMPLE);
      project.write("main.mjs", EXAMPLE);
      project.write("main.cjs", COMMONJS);
      project.write("tsconfig.json", TSCONFIG);
      project.write("cdktf.json", CDKTF_JSON);
      synthesized["git, ts-node"] = await project.synthesize("npx ts-node main.ts");
      synthesized["git, the CLI"] = await project.synthesize(join(ROOT, "node_modules/.bin/cdktf synth"));
      synthesized["git, ES modules"] = await project.synthesize("node main.mjs");
      synthesized["git, CommonJS"] = await project.synthesize("node main.cjs");
    },
    MOST,
  );

  test(
    "CDK Terrain under the name cdktf",
    async () => {
      const project = new Project(join(folder, "terrain"));
      project.write("package.json", from(`file:${tarball}`, TERRAIN));
      await project.paste("npm install");
      await project.paste(APP);
      project.write("main.mjs", EXAMPLE);
      synthesized["CDK Terrain"] = await project.synthesize("node main.mjs");
      expect(project.json("node_modules/cdktf/package.json").name).toBe("cdktn");
    },
    MOST,
  );

  test("all of them synthesize the same, with both images built from what is in the project", () => {
    const [first, ...others] = Object.entries(synthesized);
    expect(others.length).toBe(6);
    for (const other of others) {
      expect(other).toEqual([other[0], first[1]]);
    }
    const { resource, provider } = first[1];
    expect(Object.keys(provider).sort()).toEqual(["docker", "google"]);
    // The tag is a hash of the sidecar's folder: all of it is in the package, with its modes.
    const here = synthesize((stack) => new GcsBackedContainerApp(stack, "gallery", simplest()));
    expect(sidecarOf({ resource })).toBe(sidecarOf(here));
    expect(Object.keys(resource.docker_image)).toHaveLength(2);
  });
});
