/**
 * Simulated: the google and docker providers, where they are unavailable. Each of their resources and data sources becomes
 * the built-in `terraform_data` with the same arguments as its input, so that the real Terraform evaluates the same
 * expressions, escapes and Unicode; what a provider would compute is unknown until apply. Narrow: for what passes through
 * the providers unchanged, such as user-data.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Plan, planJson } from "../../real/terraform";
import { Values } from "../../plan/planned";

interface Replaced {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly values: Values;
}

const metaArguments = ["//", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

/** @param stackDir the folder of the synthesized stack */
export async function standInPlan(stackDir: string): Promise<Plan> {
  const stack = JSON.parse(readFileSync(join(stackDir, "cdk.tf.json"), "utf8")) as Values;
  const replaced = new Map<string, Replaced>();
  for (const [prefix, blocks] of [
    ["", stack.resource],
    ["data.", stack.data],
  ] as const) {
    for (const [type, resources] of Object.entries((blocks ?? {}) as Record<string, Values>)) {
      for (const [name, values] of Object.entries(resources)) {
        replaced.set(`${prefix}${type}.${name}`, { address: `${prefix}${type}.${name}`, type, name, values });
      }
    }
  }
  const input = (values: Values) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([key]) => !metaArguments.includes(key))
        .map(([key, value]) => [key, mapStrings(value, (text) => redirect(text, replaced))]),
    );
  const entries = [...replaced.values()].map((resource) => [keyOf(resource), { input: input(resource.values) }]);
  const dir = mkdtempSync(join(tmpdir(), "stand-in-"));
  try {
    symlinkSync(join(stackDir, "assets"), join(dir, "assets"));
    const config = {
      ...(stack.locals && { locals: mapStrings(stack.locals, (text) => redirect(text, replaced)) }),
      ...(stack.variable && { variable: stack.variable }),
    };
    const resource = { terraform_data: Object.fromEntries(entries) };
    writeFileSync(join(dir, "main.tf.json"), JSON.stringify({ ...config, resource }));
    return asPlanOf([...replaced.values()], await planJson(dir));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function keyOf({ address }: Replaced): string {
  return address.replace(/\./g, "_");
}

/** References to what a stack says become references to the same in the input; others to what only apply tells. */
function redirect(text: string, replaced: Map<string, Replaced>): string {
  return text.replace(
    /((?:data\.)?[a-z]+_\w+\.[A-Za-z][\w-]*)((?:\.\w+|\[(?:\d+|"[^"]*")\])*)/g,
    (whole, address, path) => {
      const resource = replaced.get(address);
      if (resource === undefined) return whole;
      const target = `terraform_data.${keyOf(resource)}`;
      return isSaid(resource.values, path) ? `${target}.input${path}` : `${target}.id`;
    },
  );
}

function isSaid(values: Values, path: string): boolean {
  const keys = [...path.matchAll(/\.(\w+)|\[(\d+)\]|\["([^"]*)"\]/g)].map(
    ([, name, index, key]) => name ?? index ?? key,
  );
  return keys.reduce<unknown>((value, key) => (value as Values | undefined)?.[key], values) !== undefined;
}

function asPlanOf(resources: readonly Replaced[], plan: Plan): Plan {
  const changes = new Map((plan.resource_changes ?? []).map((change) => [change.name, change]));
  return {
    planned_values: { root_module: {} },
    resource_changes: resources
      .filter(({ address }) => !address.startsWith("data."))
      .map((resource) => {
        const { change } = changes.get(keyOf(resource))!;
        const { address, type, name } = resource;
        const after = (change.after?.input ?? {}) as Values;
        return {
          address,
          type,
          name,
          change: { ...change, after, after_unknown: change.after_unknown.input as Values },
        };
      }),
  };
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]));
}
