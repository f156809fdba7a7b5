import { at, blocksAt, isObject, Json, JsonObject, textsAt } from "./json";

/** What the configuration of a plan says of a resource. */
export interface Configured {
  /** The module that it is in, as references to it begin: `module.x.`, or nothing for the root module. */
  readonly prefix: string;
  readonly expressions?: Json;
  /** As a synthesized stack has them. */
  readonly provisioners: readonly JsonObject[];
}

/** The configuration of a resource, that of the module which it is in. */
export function configurationOf(configuration: JsonObject, address: string): Configured {
  const path = partsOf(address);
  const modules: string[] = [];
  while (path[0] === "module") {
    modules.push(...path.splice(0, 2).slice(1));
  }
  const module = modules.reduce<Json | undefined>(
    (found, name) => at(found, "module_calls", name, "module"),
    configuration.root_module,
  );
  const configured = blocksAt(module, "resources").find((item) => item.address === path.join("."));
  return {
    prefix: modules.map((name) => `module.${name}.`).join(""),
    expressions: at(configured, "expressions"),
    provisioners: provisionersOf(configured),
  };
}

/** The parts of an address, without the keys of instances, which may have any characters: `x.y["a.b"]`. */
function partsOf(address: string): string[] {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]/g, "").split(".");
}

function provisionersOf(configured: JsonObject | undefined): readonly JsonObject[] {
  return blocksAt(configured, "provisioners").map(({ type, expressions }) => {
    const settings = asWritten(expressions ?? {});
    const hidden = isObject(settings) && typeof settings.environment === "string";
    return { [String(type)]: hidden ? { ...settings, environment: { [NOT_SAID]: settings.environment } } : settings };
  });
}

/** A plan says of variables with references in them neither the names nor the values. */
export const NOT_SAID = "variables that the plan does not name";

/** An expression as a synthesized stack has it: its value, or what it refers to. */
function asWritten(expression: Json): Json {
  if (Array.isArray(expression)) {
    return expression.map(asWritten);
  }
  if (!isObject(expression)) {
    return expression;
  }
  if (expression.constant_value !== undefined) {
    return expression.constant_value;
  }
  if (expression.references !== undefined) {
    return textsAt(expression, "references")
      .map((name) => `\${${name}}`)
      .join(" ");
  }
  return Object.fromEntries(Object.entries(expression).map(([key, item]) => [key, asWritten(item)]));
}
