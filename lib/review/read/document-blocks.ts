import { blocksAt, isObject, Json, JsonObject, own, textAt } from "./json";
import { localsOf } from "./read-declaration";
import { Stack } from "./stack";

/** A part of a synthesized stack that is no resource: a variable, a data source, the settings of a provider. */
export interface DocumentBlock {
  /** As expressions call it: `var.x`, `data.google_iam_policy.x`; a section that has no names as it is: `moved`. */
  readonly name: string;
  readonly section: string;
  /** The type of a data source, or the name of a provider. */
  readonly type?: string;
  readonly content: Json;
}

const PREFIX: { readonly [section: string]: string } = { variable: "var", locals: "local" };
const NAMED = ["variable", "locals", "output", "module", "provider", "terraform"];
const TYPED = ["data", "ephemeral"];

/** All of a synthesized stack but its resources, by the names of the blocks. */
export function documentBlocks({ document = {} }: Stack): ReadonlyMap<string, DocumentBlock> {
  const blocks = Object.entries(document).flatMap(([section, content]): DocumentBlock[] => {
    if (section === "resource") {
      return [];
    }
    const prefix = own(PREFIX, section) ?? section;
    if (NAMED.includes(section)) {
      return objectsIn(content).flatMap((items) =>
        Object.entries(items).map(([name, item]) => ({
          name: `${prefix}.${name}`,
          section,
          type: name,
          content: name === "backend" ? withoutFolder(item) : item,
        })),
      );
    }
    if (TYPED.includes(section)) {
      return objectsIn(content)
        .flatMap((types) => Object.entries(types))
        .flatMap(([type, items]) =>
          objectsIn(items).flatMap((named) =>
            Object.entries(named).map(([name, item]) => ({
              name: `${prefix}.${type}.${name}`,
              section,
              type,
              content: item,
            })),
          ),
        );
    }
    return [{ name: section, section, content }];
  });
  return new Map(blocks.map((block) => [block.name, block]));
}

/** cdktf writes the state's path of whoever synthesizes: a file of the same name is the same file of another clone. */
function withoutFolder(backend: Json): Json {
  const path = textAt(backend, "local", "path");
  return path?.startsWith("/") ? { local: { path: path.slice(path.lastIndexOf("/") + 1) } } : backend;
}

function objectsIn(content: Json): readonly JsonObject[] {
  return isObject(content) ? [content] : blocksAt({ content }, "content");
}

/** The names of the local values that are readable declarations: their changes are those of the app. */
export function declarationsOf({ resources }: Stack): ReadonlySet<string> {
  return new Set(
    resources
      .filter(({ declaration }) => declaration !== undefined)
      .flatMap(({ values }) => localsOf(values))
      .map((name) => `local.${name}`),
  );
}
