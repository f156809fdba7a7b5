/** Environment variables and arguments as bad as they may be, from a seed. */
import { Fn, TerraformLocal, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import * as fc from "fast-check";
import { JSON_TOKEN } from "../../../../lib/terraform/json-text";

/** Is in every value that is not empty, so that it can be found where it should not be. */
export const MARKER = "only-for-the-app";

/** Names that mean something to a shell, a linker or the docker client. */
const MEANINGFUL = [
  ...["PATH", "HOME", "USER", "SHELL", "IFS", "BASH_ENV", "ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "TMPDIR", "LANG"],
  ...["DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "NO_PROXY", "GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"],
  ...[
    "PYTHONPATH",
    "NODE_OPTIONS",
    "SYSTEMD_LOG_LEVEL",
    "HOSTNAME",
    "name",
    "value",
    "environment",
    "decoded",
    "image",
  ],
  ...["config", "run", "a.b-c", "_"],
];

const awkward = fc.constantFrom(
  ...[
    "${x}",
    "%{x}",
    "$${x}",
    "%%{x}",
    "${",
    "%{",
    "$",
    "%",
    "\\",
    "\\n",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "'",
    '"',
    "`id`",
  ],
  ...[
    "$(id)",
    "$HOME",
    "%n",
    " ",
    "  ",
    ": ",
    "# ",
    "- ",
    "|",
    "---",
    "e\u0301",
    "\u00e9",
    "ﬁ",
    "\u1e9b\u0323",
    "日本",
    "😀",
  ],
  ...[
    "\u0001",
    "\u007f",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\u202e",
    "=",
    ",",
    "\\u0041",
    "&amp;",
    "<",
    "true",
    "null",
  ],
);

/** Any text that a process can have as an argument: no NUL, no half of a surrogate pair. */
const text = fc
  .array(fc.oneof(awkward, fc.string({ unit: "binary", maxLength: 12 }), fc.string({ maxLength: 12 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join("").replace(/\0/g, ""));

const ending = fc.constantFrom("", "\n", "\n\n", " ", "\\", "\r");

const value = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 12, arbitrary: fc.tuple(text, text, ending).map(([a, b, end]) => `${a}${MARKER}${b}${end}`) },
);

export function randomValues(count: number, seed: number): string[] {
  return fc.sample(value, { seed, numRuns: count });
}

export function randomVariables(count: number, seed: number): Map<string, string> {
  const names = [...MEANINGFUL, ...Array.from({ length: count }, (_, index) => `RANDOM_${index}`)].slice(0, count);
  const values = randomValues(count, seed);
  return new Map(names.map((name, index) => [name, values[index]]));
}

/** Terraform keeps all text in Unicode's form NFC, whatever it is given. */
export function asTerraformKeepsIt(given: string): string {
  return given.normalize("NFC");
}

/** As `JSON_TOKEN` has it, in the syntax of JavaScript. */
const TOKEN_VALUE = new RegExp(JSON_TOKEN.replace(/\\x\{([0-9a-f]{4})\}/g, "\\u$1"), "u");

/** Whether a declaration takes the text from Terraform. */
export function isTokenValue(given: string): boolean {
  return TOKEN_VALUE.test(asTerraformKeepsIt(given));
}

/**
 * The value in one of the ways in which a stack can have it from Terraform, and how it is to arrive; itself, where a
 * declaration does not take it from there.
 */
export function throughTerraform(stack: Construct, id: string, given: string): { token: string; arrives: string } {
  const variable = (suffix: string, text: string): string =>
    new TerraformVariable(stack, `${id}-${suffix}`, { type: "string", default: text }).stringValue;
  const halves = [given.slice(0, given.length / 2), given.slice(given.length / 2)].map(wellFormed);
  if (![given, ...halves].every(isTokenValue)) return { token: given, arrives: given };
  const ways = [
    () => ({ token: variable("whole", given), arrives: asTerraformKeepsIt(given) }),
    () => {
      const local = new TerraformLocal(stack, `${id}-local`, Fn.base64decode(Buffer.from(given).toString("base64")));
      return { token: local.asString, arrives: asTerraformKeepsIt(given) };
    },
    () => {
      // A literal on both sides of a token, and two tokens with a literal between.
      const [first, second] = halves;
      const token = `${first}${variable("middle", second)}\${x} %{y}${variable("end", first)}${second}`;
      const [a, b] = [second, first].map(asTerraformKeepsIt);
      return { token, arrives: `${first}${a}\${x} %{y}${b}${second}` };
    },
  ];
  return ways[[...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % ways.length]();
}

function wellFormed(given: string): string {
  return Buffer.from(given)
    .toString("utf8")
    .replace(/\ufffd/g, "");
}
