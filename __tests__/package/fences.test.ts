/** Which folder of lib/ may import which: the rules of eslint.config.mjs, on imports that break them and others that do not. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { preProcessFile } from "typescript";

const ROOT = join(__dirname, "../..");

const ROOMS = readdirSync(join(ROOT, "lib"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** An import of each room, as a file in another one writes it. */
const FILE_OF: { [room: string]: string } = {
  boot: "../boot/user-data",
  checks: "../checks/naming",
  cli: "../cli/program",
  cloud: "../cloud/bucket",
  images: "../images/container-image",
  local: "../local/machine",
  props: "../props/gcs-mount",
  review: "../review/changes/comparison",
  terraform: "../terraform/template-text",
  verdict: "../verdict/report",
  wait: "../wait/judge",
};

const ROOTS = ["../gcs-backed-container-app", "../local-gcs-backed-container-app", "../declare", "../token-checks"];
const GOOGLE = "@cdktf/provider-google/lib/compute-instance";
const LOCAL_DOCKER = ["container", "network", "volume"].map((name) => `@cdktf/provider-docker/lib/${name}`);
const DOCKER_IMAGE = "@cdktf/provider-docker/lib/image";
const CDKTF = ["cdktf", "constructs"];
const filesOf = (...rooms: string[]) => rooms.map((room) => FILE_OF[room]);

/** Everywhere in lib/. */
const NOWHERE = ["..", "../index", "../", "@cdktf/provider-google", "@cdktf/provider-docker"];

interface Fence {
  readonly forbidden: readonly string[];
  readonly allowed: readonly string[];
}

const FENCES: { [room: string]: Fence } = {
  props: {
    forbidden: [...filesOf("cloud", "local", "verdict", "review", "wait", "cli"), ...ROOTS, GOOGLE, DOCKER_IMAGE],
    allowed: [...filesOf("checks", "images", "boot"), ...CDKTF],
  },
  checks: {
    forbidden: [
      ...filesOf("props", "images", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
      ...ROOTS,
      GOOGLE,
      DOCKER_IMAGE,
    ],
    allowed: ["cdktf"],
  },
  images: {
    forbidden: [
      ...filesOf("props", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
      ...ROOTS,
      GOOGLE,
      ...LOCAL_DOCKER,
    ],
    allowed: [...filesOf("checks"), DOCKER_IMAGE, ...CDKTF],
  },
  cloud: {
    forbidden: [...filesOf("local", "verdict", "review", "wait", "cli"), ...ROOTS, ...LOCAL_DOCKER],
    allowed: [...filesOf("props", "checks", "images", "terraform", "boot"), GOOGLE, DOCKER_IMAGE, ...CDKTF],
  },
  local: {
    forbidden: [...filesOf("cloud", "verdict", "review", "wait", "cli"), ...ROOTS, GOOGLE],
    allowed: [...filesOf("props", "checks", "images", "terraform", "boot"), ...LOCAL_DOCKER, ...CDKTF],
  },
  terraform: {
    forbidden: [
      ...filesOf("props", "images", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
      ...ROOTS,
      GOOGLE,
      DOCKER_IMAGE,
    ],
    allowed: [...filesOf("checks"), ...CDKTF],
  },
  boot: {
    forbidden: [
      ...filesOf("props", "checks", "images", "cloud", "local", "terraform", "verdict", "review", "wait", "cli"),
      ...[...ROOTS, GOOGLE, DOCKER_IMAGE, ...CDKTF],
    ],
    allowed: ["../package-file", "yaml", "node:path"],
  },
  verdict: {
    forbidden: [
      ...filesOf("props", "checks", "images", "cloud", "local", "terraform", "boot", "review", "wait", "cli"),
      ...[...ROOTS, GOOGLE, DOCKER_IMAGE, ...CDKTF],
    ],
    allowed: ["commander", "node:child_process"],
  },
  review: {
    forbidden: [
      ...filesOf("props", "images", "cloud", "local", "terraform", "boot", "verdict", "wait", "cli"),
      ...[...ROOTS, GOOGLE, DOCKER_IMAGE, ...CDKTF],
    ],
    allowed: [...filesOf("checks"), "../boot/declaration", "@viz-js/viz"],
  },
  wait: {
    forbidden: [
      ...filesOf("props", "checks", "images", "cloud", "local", "terraform", "boot", "verdict", "cli"),
      ...[...ROOTS, GOOGLE, DOCKER_IMAGE, ...CDKTF],
    ],
    allowed: [...filesOf("review"), "../boot/paths", "node:child_process"],
  },
  cli: {
    forbidden: [
      ...filesOf("props", "checks", "images", "cloud", "local", "terraform", "boot"),
      ...[...ROOTS, GOOGLE, DOCKER_IMAGE, ...CDKTF],
    ],
    allowed: [...filesOf("review", "wait", "verdict"), "commander", "node:child_process"],
  },
};

/** The rooms of lib/review in their order, each with a file of it as another one imports it. */
const REVIEW_ROOMS = [
  "../read/json",
  "../format/document",
  "../apps/apps",
  "../exposures/exposure",
  "../changes/change",
  "../page/stack-page",
];
const REVIEW_FENCES = Object.fromEntries(
  REVIEW_ROOMS.map((file, index): [string, Fence] => [
    join("review", file.split("/")[1]),
    {
      forbidden: [...FENCES.review.forbidden.map(oneFurtherUp), ...REVIEW_ROOMS.slice(index + 1)],
      allowed: [...FENCES.review.allowed.map(oneFurtherUp), ...REVIEW_ROOMS.slice(0, index)],
    },
  ]),
);

function oneFurtherUp(path: string): string {
  return path.replace(/^\.\.\//, "../../");
}

/** What is tried in a file at the top of lib/. */
const TOP = [".", "./index", ...ROOMS.map((room) => FILE_OF[room].replace("../", "./"))];

/** The linter's configuration is a module, which jest's own context cannot load: so in a process of its own. */
const LINT = `
  const { ESLint } = require("eslint");
  const eslint = new ESLint({ cwd: process.cwd() });
  const lint = async ([filePath, code]) => [filePath, (await eslint.lintText(code, { filePath }))[0].messages];
  Promise.all(JSON.parse(process.argv[1]).map(lint)).then((all) => console.log(JSON.stringify(all)));`;

/** The imports that the linter refuses in a file of each folder. */
function refusedImports(tried: { [folder: string]: readonly string[] }): { [folder: string]: string[] } {
  const files = Object.entries(tried).map(([folder, imports]) => [
    join("lib", folder, "on-purpose.ts"),
    imports.map((path, index) => `export * as name${index} from "${path}";\n`).join(""),
  ]);
  const output = execFileSync(process.execPath, ["-e", LINT, JSON.stringify(files)], { cwd: ROOT, encoding: "utf8" });
  const found = new Map<string, { ruleId: string; line: number }[]>(JSON.parse(output));
  return Object.fromEntries(
    Object.entries(tried).map(([folder, imports], file) => {
      const messages = found.get(files[file][0])!;
      expect(messages.filter(({ ruleId }) => ruleId !== "no-restricted-imports")).toEqual([]);
      return [folder, imports.filter((_, index) => messages.some(({ line }) => line === index + 1))];
    }),
  );
}

const tried = Object.entries({ ...FENCES, ...REVIEW_FENCES }).map(([room, { forbidden, allowed }]) => [
  room,
  [...forbidden, ...NOWHERE, ...allowed, "./another-file"],
]);
let refused: { [folder: string]: string[] };
beforeAll(() => {
  refused = refusedImports({ ...Object.fromEntries(tried), "": TOP });
}, 60_000);

test("every room has its fence here, and what is named here is there", () => {
  expect(Object.keys(FENCES).sort()).toEqual(ROOMS);
  expect(REVIEW_ROOMS.map((file) => file.split("/")[1]).sort()).toEqual(readdirSync(join(ROOT, "lib/review")));
  for (const path of [
    ...Object.values(FILE_OF),
    ...ROOTS,
    ...REVIEW_ROOMS.map((file) => file.replace("..", "../review")),
  ]) {
    expect([path, existsSync(join(ROOT, "lib/room", `${path}.ts`))]).toEqual([path, true]);
  }
});

describe.each(Object.entries({ ...FENCES, ...REVIEW_FENCES }))("lib/%s", (room, { forbidden, allowed }) => {
  test.each([...forbidden, ...NOWHERE])("may not import %s", (path) => {
    expect(refused[room]).toContain(path);
  });

  test.each([...allowed, "./another-file"])("may import %s", (path) => {
    expect(refused[room]).not.toContain(path);
  });
});

test("the top of lib/ may import any room, but not the index", () => {
  expect(refused[""]).toEqual([".", "./index"]);
});

/** The files that each file imports, type imports included. */
type Graph = ReadonlyMap<string, readonly string[]>;

function importsOf(folder: string): Graph {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const imports = (name: string) =>
    preProcessFile(readFileSync(join(folder, name), "utf8"))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((path) => path.startsWith("."))
      .map((path) => relative(folder, `${join(folder, name, "..", path)}.ts`));
  return new Map(files.map((name) => [name, imports(name)]));
}

/** The first ring of imports that is found, with the file where it begins at both ends. */
function cycleIn(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...way, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

test("no file of lib/ imports itself by way of others", () => {
  const graph = importsOf(join(ROOT, "lib"));
  const unknown = [...graph.values()].flat().filter((file) => !graph.has(file));
  expect(graph.size).toBeGreaterThan(50);
  expect(unknown).toEqual([]);
  expect(cycleIn(graph)).toBeUndefined();
});

test("such a ring would be found", () => {
  const graph = new Map([
    ["a.ts", ["b.ts", "c.ts"]],
    ["b.ts", ["c.ts"]],
    ["c.ts", ["d.ts"]],
    ["d.ts", ["b.ts"]],
  ]);
  expect(cycleIn(graph)).toEqual(["b.ts", "c.ts", "d.ts", "b.ts"]);
  expect(cycleIn(new Map([...graph, ["d.ts", []]]))).toBeUndefined();
});
