import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { preProcessFile } from "typescript";

const ROOT = join(__dirname, "../..");
const { bin, bundleDependencies, dependencies, peerDependencies, scripts } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);

/** The files below a folder, by their names in the package. */
function filesBelow(folder: string, pattern = /(?:)/): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((name) => pattern.test(name));
}

const packed: { files: { path: string; mode: number }[]; bundled: string[] } = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 26,
  }),
)[0];
const names = packed.files.map(({ path }) => path);

test("the package has the compiled library, its scripts, the build contexts and the documents, and nothing else", () => {
  const compiled = filesBelow("lib", /\.ts$/).flatMap((name) => {
    const base = name.replace(/^lib\//, "dist/").replace(/\.ts$/, "");
    return [`${base}.js`, `${base}.d.ts`];
  });
  expect(names.filter((name) => !name.startsWith("node_modules/")).sort()).toEqual(
    [
      ".jsii",
      "LICENSE",
      "package.json",
      ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
      // The raw numbers of the charts are for who draws them anew.
      ...filesBelow("docs").filter((name) => !name.endsWith("/numbers.json")),
      ...filesBelow("examples"),
      ...compiled,
      "lib/boot/declaration.schema.json",
      ...filesBelow("lib/boot/scripts"),
      ...filesBelow("lib/boot/units"),
      ...filesBelow("lib/cloud", /\.cjs$/),
      ...filesBelow("lib/local", /\.cjs$/),
      ...filesBelow("container/gcsfuse"),
      ...filesBelow("container/local-machine"),
      // The emulator is bundled before the package is packed. Its sources are left out.
      ...[".dockerignore", "Dockerfile", "THIRD-PARTY-LICENSES", "list-objects.js", "server.js"].map(
        (name) => `container/gcs-emulator/${name}`,
      ),
    ].sort(),
  );
});

test("what README.md links to is in the package", () => {
  const links = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  const missing = links
    .map(([, link]) => link)
    .filter((link) => !names.some((name) => `${name}/`.startsWith(`${link.replace(/\/$/, "")}/`)));
  expect(missing).toEqual([]);
});

test("no compiled file names a source that is not in the package", () => {
  const mapped = names.filter(
    (name) => name.startsWith("dist/") && readFileSync(join(ROOT, name), "utf8").includes("sourceMappingURL"),
  );
  expect(mapped).toEqual([]);
});

test("no install script runs where the package is installed", () => {
  const installScripts = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(scripts).filter((script) => installScripts.includes(script))).toEqual([]);
});

test("the licence of each package in the emulator's bundle is beside it", () => {
  const [bundle, licences] = ["server.js", "THIRD-PARTY-LICENSES"].map((name) =>
    readFileSync(join(ROOT, "container/gcs-emulator", name), "utf8"),
  );
  const bundled = [...bundle.matchAll(/^ *\/\/ (?:.*\/)?node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/.*$/gm)];
  const packages = [...new Set(bundled.map(([, name]) => name))].sort();
  expect(packages).toContain("fastify");
  const listed = [...licences.matchAll(/^-{80}\n\n(\S+) \d\S* \(\S+\)\n\n(?=.{10})/gm)].map(([, name]) => name);
  expect([...new Set(listed)].sort()).toEqual(packages);
  expect(licences).not.toContain(ROOT);
});

test("what can be run in the build context can be run in the package", () => {
  const executable = packed.files.filter(({ path, mode }) => path.startsWith("container/") && mode & 0o100);
  expect(executable.map(({ path }) => path)).toEqual(["container/gcsfuse/mount-bucket"]);
});

test("each command is a compiled program that names its interpreter", () => {
  for (const file of Object.values<string>(bin)) {
    expect(names).toContain(file);
    expect(readFileSync(join(ROOT, file), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  }
});

test("what is imported is declared, and what is declared is imported", () => {
  const imported = filesBelow("lib", /\.ts$/)
    .flatMap((name) => preProcessFile(readFileSync(join(ROOT, name), "utf8")).importedFiles)
    .map(({ fileName }) => fileName)
    .filter((module) => !module.startsWith("."))
    .map((module) => (module.startsWith("@") ? module.split("/").slice(0, 2).join("/") : module.split("/")[0]))
    .filter((module) => !module.startsWith("node:") && !builtinModules.includes(module));
  const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  expect([...new Set(imported)].sort()).toEqual(declared.sort());
});

test("the dependencies are inside, whole, with all that they need", () => {
  const inside = new Set<string>(bundleDependencies);
  for (const dependency of inside) {
    const manifest = JSON.parse(readFileSync(join(ROOT, "node_modules", dependency, "package.json"), "utf8"));
    Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).forEach((name) => inside.add(name));
    expect(names).toContain(join("node_modules", dependency, manifest.main ?? "index.js"));
  }
  const licensed = (name: string) => new RegExp(`^node_modules/${name}/(.*/)?licen[cs]e`, "i");
  // It is published without its licence's text, which is MIT's.
  expect([...inside].filter((name) => !names.some((file) => licensed(name).test(file)))).toEqual(["@viz-js/viz"]);
  expect([...packed.bundled].sort()).toEqual([...inside].sort());
  expect([...bundleDependencies].sort()).toEqual(Object.keys(dependencies).sort());
});
