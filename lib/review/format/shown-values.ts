import { mayBeSecret } from "../../checks/secret-names";
import { HIDDEN, withoutSecretParts } from "../../checks/secret-values";
import { Span, value } from "./document";
import { Json } from "../read/json";

const LONGEST = 160;
/** What is shown before the place where two long values begin to differ. */
const CONTEXT = 30;

export function asText(given: Json): string {
  return typeof given === "string" ? given : JSON.stringify(given);
}

export function shown(given: Json | undefined, secret = false): Span {
  if (given === undefined || given === null) {
    return "—";
  }
  return given === "" ? "(empty)" : secret ? HIDDEN : value(cutText(withoutSecretParts(asText(given))));
}

/** Both sides of a change; long ones from a little before they differ. */
export function shownPair(before: Json | undefined, after: Json | undefined, secret = false): [Span, Span] {
  const isThere = (side: Json | undefined) => side !== undefined && side !== null;
  if (!isThere(before) || !isThere(after)) {
    return [shown(before, secret), shown(after, secret)];
  }
  if (secret) {
    return [HIDDEN, "(hidden, changed)"];
  }
  const [old, wanted] = [asText(before!), asText(after!)].map(withoutSecretParts);
  if (old === wanted && asText(before!) !== asText(after!)) {
    return [value(cutText(old)), "(hidden, changed)"];
  }
  const from = old.length > LONGEST || wanted.length > LONGEST ? Math.max(0, commonLength(old, wanted) - CONTEXT) : 0;
  const part = (given: Json, text: string): Span =>
    given === "" ? "(empty)" : value(from > 0 ? cutText(`…${text.slice(from)}`) : cutText(text));
  return [part(before!, old), part(after!, wanted)];
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) {
    length++;
  }
  // Not between the halves of a surrogate pair.
  return /[\uD800-\uDBFF]/.test(a[length - 1] ?? "") ? length - 1 : length;
}

export function cutText(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

/** The arguments of a process without values whose names look like those of secrets: `--password=…`, `--token …`. */
export function withoutSecrets(args: readonly string[]): readonly string[] {
  return args.map((arg, index) => {
    arg = withoutSecretParts(arg);
    const [, option, name] = /^((?:--?)?([\w.-]+)=)/.exec(arg) ?? [];
    if (name !== undefined && mayBeSecret(name)) {
      return `${option}${HIDDEN}`;
    }
    const [, previous] = /^--?([\w.-]+)$/.exec(args[index - 1] ?? "") ?? [];
    return previous !== undefined && mayBeSecret(previous) && !arg.startsWith("-") ? HIDDEN : arg;
  });
}
