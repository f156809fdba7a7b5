/** One line of gcsfuse's log about a request of the kernel: the request (`<-`) or its answer (`->`). */
export interface FuseLine {
  /** Seconds since 1970. */
  readonly time: number;
  /** The request's number, the same in both lines. */
  readonly request: string;
  /** For example `WriteFile`; undefined in the answer to a request that failed. */
  readonly operation?: string;
  /** For example `{ inode: "2", name: "a.txt" }`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly isAnswer: boolean;
  /** The error's text, if the request failed. */
  readonly error?: string;
}

const LINE = /^fuse(?:_debug)?: Op (0x[0-9a-f]+)\s+\S+\] (<-|->) (.*)$/s;
const ERROR = /^Error: "((?:[^"\\]|\\.)*)"$/s;
const OPERATION = /^(\w+)(?: \((.*)\))?$/s;
const FIELD = /(\w+) ("(?:[^"\\]|\\.)*"|[^\s,()]+)(?:,|$)/g;

/**
 * Reads a line of gcsfuse's log, written as JSON with the severity `trace`; undefined if it is not about a request.
 *
 * @see https://github.com/jacobsa/fuse/blob/master/debug.go
 */
export function parseFuseLine(line: string): FuseLine | undefined {
  const { timestamp, message } = parseJson(line);
  const [, request, direction, rest] = LINE.exec(message ?? "") ?? [];
  if (request === undefined || timestamp === undefined) {
    return undefined;
  }
  const common = { time: timestamp.seconds + timestamp.nanos / 1e9, request, isAnswer: direction === "->" };
  const error = ERROR.exec(rest)?.[1];
  if (error !== undefined) {
    return { ...common, fields: {}, error: unquote(`"${error}"`) };
  }
  const [, operation, list = ""] = OPERATION.exec(rest) ?? [];
  const fields: Record<string, string> = {};
  for (const [, key, value] of list.matchAll(FIELD)) {
    fields[key] = value.startsWith('"') ? unquote(value) : value;
  }
  const bytes = /(?:^|, )(\d+) bytes$/.exec(list)?.[1];
  return operation === undefined
    ? undefined
    : { ...common, operation, fields: bytes === undefined ? fields : { ...fields, bytes } };
}

interface LogEntry {
  readonly timestamp?: { readonly seconds: number; readonly nanos: number };
  readonly message?: string;
}

function parseJson(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return {};
  }
}

/** The text of a string that Go's `%q` has quoted. */
function unquote(text: string): string {
  const simple: Record<string, string> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g, (_, x, u, long, one) =>
      one !== undefined ? (simple[one] ?? one) : String.fromCodePoint(parseInt(x ?? u ?? long, 16)),
    );
}
