import { DocumentBlock } from "../read/document-blocks";
import { Json, stableText, textsIn } from "../read/json";

const REFERENCE = /\b(?:(?:var|local|module)\.[\w-]+|(?:data|ephemeral)\.[\w-]+\.[\w-]+)/g;

/** The names of the blocks that expressions in a value refer to. */
export function referencesIn(value: Json | undefined): readonly string[] {
  return textsIn(value)
    .filter((text) => /[$%]\{/.test(text))
    .flatMap((text) => text.match(REFERENCE) ?? []);
}

type Blocks = ReadonlyMap<string, DocumentBlock>;

export function isChanged(name: string, before: Blocks, after: Blocks): boolean {
  return stableText(before.get(name)?.content) !== stableText(after.get(name)?.content);
}

/**
 * Which blocks that a value refers to have changed, those that they refer to themselves included.
 *
 * @param readable the blocks that are judged where they are used, with all that they refer to
 */
export function changedReferences(
  value: Json | undefined,
  before: Blocks,
  after: Blocks,
  readable: ReadonlySet<string>,
): readonly string[] {
  const seen = new Set<string>();
  const visit = (part: Json | undefined): readonly string[] =>
    referencesIn(part)
      .filter((name) => !seen.has(name) && !readable.has(name))
      .flatMap((name) => {
        seen.add(name);
        const own = isChanged(name, before, after) ? [name] : [];
        return [...own, ...visit(after.get(name)?.content)];
      });
  return [...new Set(visit(value))];
}
