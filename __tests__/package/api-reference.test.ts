import { Assembly, loadAssemblyFromPath } from "@jsii/spec";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { apiReference } from "../../scripts/api-reference/reference";

const ROOT = join(__dirname, "../..");
const ASSEMBLY = join(ROOT, ".jsii");

interface Documented {
  readonly name: string;
  readonly optional?: boolean;
  readonly docs?: {
    readonly summary?: string;
    readonly remarks?: string;
    readonly default?: string;
    readonly custom?: { readonly throws?: string };
  };
  readonly type?: {
    readonly primitive?: string;
    readonly collection?: { readonly elementtype: { primitive?: string } };
  };
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
  const units = /\b(seconds|days|GB|MiB|files|port|status|runs|user id|group id)\b/i;
  const silent = props().filter(
    ({ type, docs }) => type?.primitive === "number" && !units.test(`${docs?.summary} ${docs?.remarks}`),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test("every prop whose type does not say what is valid says what it throws", () => {
  const open = ["string", "number", "any"];
  const anyText = ["DirectoryImageOptions.builder"];
  const silent = props().filter(({ id, type, docs }) => {
    const primitive = type?.primitive ?? type?.collection?.elementtype.primitive;
    return primitive !== undefined && open.includes(primitive) && !anyText.includes(id) && !docs?.custom?.throws;
  });
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test("API.md is current: if not, run npm run docs and commit it", () => {
  expect(readFileSync(join(ROOT, "API.md"), "utf8")).toBe(apiReference(loadAssemblyFromPath(ROOT)));
});

describe("the reference", () => {
  const text = (type: object) =>
    apiReference({ name: "library", types: { "library.Thing": { name: "Thing", ...type } } } as unknown as Assembly);
  const prop = (docs: object, type: object = { primitive: "number" }) =>
    text({ kind: "interface", datatype: true, properties: [{ name: "port", optional: true, type, docs }] });

  test("has the whole of a sentence that jsii cuts at its semicolon", () => {
    expect(prop({ summary: "The port, 1 to 65535;", remarks: "22 is\nthe VM's own." })).toContain(
      "| The port, 1 to 65535; 22 is the VM's own. |",
    );
  });

  test("says what a prop throws and where its values come from", () => {
    const docs = { summary: "The port.", see: "https://example.com/ports", custom: { throws: "if it is\n0." } };
    expect(prop(docs)).toContain("| The port.<br>Throws if it is 0.<br>See <https://example.com/ports>. |");
  });

  test.each([
    ["80", "`80`"],
    ["- the image's", "the image's"],
    ["false - SSH is closed", "`false`: SSH is closed"],
  ])("shows the default %s as %s", (given, shown) => {
    expect(prop({ summary: "The port.", default: given })).toContain(`| <code>number</code> | ${shown} |`);
  });

  test("links a type of the package, and names one of another", () => {
    const array = (fqn: string) => ({ collection: { kind: "array", elementtype: { fqn } } });
    expect(prop({}, array("library.Thing"))).toContain('| <code><a href="#thing">Thing</a>[]</code> |');
    expect(prop({}, array("other.Thing"))).toContain("| <code>Thing[]</code> |");
  });

  test("does not end a cell where a description has a bar", () => {
    expect(prop({ summary: "TCP | UDP." })).toContain("| TCP \\| UDP. |");
  });

  test("shows no constructor that nobody can call", () => {
    const initializer = { parameters: [] };
    expect(text({ kind: "class", initializer })).toContain("new Thing()");
    expect(text({ kind: "class", initializer, abstract: true })).not.toContain("new Thing");
    expect(text({ kind: "class" })).not.toContain("new Thing");
  });
});
