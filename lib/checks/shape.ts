import { Token } from "cdktf";
import { invalidInput, quote } from "./invalid-input";

/** The checks for callers without types (plain JavaScript), each with the advice in its message. */
const KINDS = {
  string: { is: (value: unknown) => typeof value === "string", use: "use a string" },
  mode: { is: (value: unknown) => typeof value === "string", use: 'use octal digits in a string such as "0644"' },
  choice: { is: (value: unknown) => typeof value === "string", use: "use one of its values" },
  number: { is: (value: unknown) => typeof value === "number", use: "use a number" },
  boolean: { is: (value: unknown) => typeof value === "boolean", use: "use true or false" },
  list: { is: Array.isArray, use: "use a list" },
  strings: { is: Array.isArray, use: "use a list of strings" },
  map: {
    is: (value: unknown) => isObject(value),
    use: "use an object whose values are strings",
  },
  secrets: { is: (value: unknown) => isObject(value), use: "use an object whose values are secrets" },
  secret: {
    is: (value: unknown) => isObject(value) && typeof value._name === "function",
    use: 'use Secret.fromSecretManager("db-password", { version: "3" })',
  },
  object: { is: (value: unknown) => isObject(value), use: "use an object" },
  image: {
    // By its method and not its class, which may come from another copy of this library.
    is: (value: unknown) => isObject(value) && typeof value._bind === "function",
    use: 'use ContainerImage.fromRegistry("ghcr.io/me/app:1.2") or ContainerImage.fromDirectory("container/app")',
  },
} as const;

type Kind = keyof typeof KINDS;

/** The kinds of the items of what has any. */
const ITEM_KINDS: { readonly [kind in Kind]?: Kind } = { map: "string", strings: "string", secrets: "secret" };

/** Between the type of a prop and an example of it. */
const SUCH_AS = " such as ";
type OrWithExample<K extends string> = K | `${K}${typeof SUCH_AS}${string}`;

/**
 * The type of each prop of `T`, with a `?` if it is optional, and with an example for the message if that helps. The
 * compiler refuses an incomplete one.
 */
export type Shape<T> = {
  readonly [K in keyof Required<T>]: OrWithExample<undefined extends T[K] ? `${Kind}?` : Kind>;
};

/** How messages speak of an object. */
export interface Wording {
  /** The text before a prop's name, for example `bucketOptions.`, which is the default for an object of that name. */
  readonly prefix?: string;
  /** An example of the object. */
  readonly example: string;
}

/**
 * Checks that an object has the props of a shape, each of its type, and no others.
 *
 * @param what the name of the object in a message
 * @param given the object
 * @param shape its props
 * @param wording how a message speaks of it
 * @throws if a prop is missing, unknown, or of another type; the message names it
 */
export function checkShape<T>(what: string, given: T, shape: Shape<T>, wording: Wording): void {
  const { prefix = `${what}.`, example } = wording;
  if (!isObject(given)) {
    throw invalidInput(what, given, KINDS.object.use + SUCH_AS + example);
  }
  const known = Object.keys(shape);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new Error(`${prefix}${name} is not a prop: use ${known.sort().join(", ")}`);
    }
  }
  for (const [name, type] of Object.entries<string>(shape)) {
    checkKind(prefix + name, (given as Record<string, unknown>)[name], type);
  }
}

function checkKind(what: string, value: unknown, type: string): void {
  const [typeAlone, example] = type.split(SUCH_AS);
  const kind = typeAlone.replace("?", "") as Kind;
  const { is, use } = KINDS[kind];
  if (value === undefined && typeAlone.endsWith("?")) {
    return;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Token.isUnresolved(value)) {
    throw new Error(`${what} is an unresolved token: ${use} that is known at synthesis`);
  }
  if (kind === "string" && typeof value === "number" && Token.isUnresolved(value)) {
    throw new Error(
      `${what} is an unresolved token of a number: use that of a string, which Token.asString(…) makes of it`,
    );
  }
  if (!is(value)) {
    const advice = adviceFor(kind, value) ?? use + (example ? SUCH_AS + example : "");
    throw invalidInput(what, value, value === undefined ? `it is missing: ${advice}` : advice);
  }
  const itemKind = ITEM_KINDS[kind];
  if (itemKind !== undefined) {
    const name = (key: string) => (kind === "strings" || key.includes("/") ? `${what}[${key}]` : `${what}.${key}`);
    // Spread, so that the holes of a list are seen as undefined.
    const entries = Object.entries(Array.isArray(value) ? [...(value as unknown[])] : (value as object));
    entries.forEach(([key, item]) => checkKind(name(key), item, itemKind));
  }
}

/** The value as a string, where a string was wanted. */
function adviceFor(kind: Kind, value: unknown): string | undefined {
  if (kind === "mode" && typeof value === "number") {
    // JavaScript keeps 0o644 as 420; 644 is what somebody writes who forgets the quotes.
    const digits = [value.toString(8), String(value)].find((text) => /^[0-7]{3}$/.test(text));
    return digits && `use octal digits in a string: ${quote(`0${digits}`)}`;
  }
  return kind === "string" && isScalar(value) ? asString(value) : undefined;
}

function isScalar(value: unknown): value is number | boolean | bigint {
  return Number.isFinite(value) || ["boolean", "bigint"].includes(typeof value);
}

function asString(value: number | boolean | bigint): string {
  return `use a string: ${quote(String(value))} or String(…)`;
}

/** Not a Map, a Promise, a Date and the like, which have no properties of their own and would pass for an empty object. */
function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
