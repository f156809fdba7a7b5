import { Values } from "../../plan/planned";

/**
 * What the providers are asked with a synthesized stack, as far as their answer can depend on it. Provisioners do not take
 * part in a plan.
 */
export function questionOf(synthesized: string): unknown {
  const stack = JSON.parse(withoutContextHashes(synthesized)) as Values;
  return strip(stack, {
    provisioner: () => undefined,
    "//": () => undefined,
  });
}

/** The answer without what the question does not have either: the user-data, and what of a VM depends on the hour or on it. */
export function answerOf<T>(answer: T): T {
  const text = withoutContextHashes(JSON.stringify(answer));
  const known = () => "(known)";
  return strip(JSON.parse(text), { "user-data": known, metadata_fingerprint: known, creation_timestamp: known }) as T;
}

/** An image's tag is a hash of its build context, and user-data is in a folder of its hash; numbered, so that it matters which are equal, and no more. */
export function withoutContextHashes(text: string): string {
  const seen: string[] = [];
  return text.replace(/\b[0-9a-f]{32}\b/g, (hash) => {
    if (!seen.includes(hash)) seen.push(hash);
    return `context-${seen.indexOf(hash) + 1}`;
  });
}

function strip(value: unknown, rules: Record<string, (value: unknown) => unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => strip(item, rules));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key in rules ? rules[key](item) : strip(item, rules)]),
  );
}
