import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const ASSEMBLY = join(ROOT, ".jsii");

interface Documented {
  readonly name: string;
  readonly optional?: boolean;
  readonly docs?: { readonly summary?: string; readonly remarks?: string; readonly default?: string };
  readonly type?: { readonly primitive?: string };
}
interface Type extends Documented {
  readonly datatype?: boolean;
  readonly properties?: Documented[];
  readonly methods?: (Documented & { parameters?: Documented[] })[];
  readonly members?: Documented[];
  readonly initializer?: { parameters?: Documented[] };
}

function types(): Type[] {
  if (!existsSync(ASSEMBLY)) {
    throw new Error("the library is not built: run npm run build");
  }
  return Object.values(JSON.parse(readFileSync(ASSEMBLY, "utf8")).types);
}

test("every exported type, member and parameter is described", () => {
  const silent = types().flatMap((type) => {
    const methods = type.methods ?? [];
    const parameters = [...methods, type.initializer ?? {}].flatMap(
      (method) => (method as { parameters?: Documented[] }).parameters ?? [],
    );
    return [type, ...(type.properties ?? []), ...methods, ...(type.members ?? []), ...parameters]
      .filter(({ docs }) => !docs?.summary)
      .map(({ name }) => `${type.name}: ${name}`);
  });
  expect(silent).toEqual([]);
});

const props = () =>
  types()
    .filter(({ datatype }) => datatype)
    .flatMap((type) => (type.properties ?? []).map((prop) => ({ ...prop, id: `${type.name}.${prop.name}` })));

test("every optional prop has its default", () => {
  const silent = props().filter(({ optional, docs }) => optional && !docs?.default);
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test("every number has its unit", () => {
  const units = /\b(seconds|days|GB|MiB|files|port|user id|group id)\b/i;
  const silent = props().filter(
    ({ type, docs }) => type?.primitive === "number" && !units.test(`${docs?.summary} ${docs?.remarks}`),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test("API.md is current: if not, run npm run docs and commit it", () => {
  const output = join(mkdtempSync(join(tmpdir(), "api-")), "API.md");
  execFileSync("npx", ["--no-install", "jsii-docgen", "--output", output], { cwd: ROOT, stdio: "pipe" });
  expect(readFileSync(join(ROOT, "API.md"), "utf8")).toBe(readFileSync(output, "utf8"));
}, 120_000);
