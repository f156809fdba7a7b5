import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fn, TerraformLocal, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { regionOf } from "../../lib/checks/location";
import { isPlainText, PLAIN_PATH_TOKEN, PLAIN_TOKEN } from "../../lib/checks/plain-text";
import { tokenPreconditions } from "../../lib/terraform/preconditions";
import { JSON_TOKEN, jsonText } from "../../lib/terraform/json-text";
import { asTerraformKeepsIt, isTokenValue } from "./support/boot/random-values";
import { ANY_TEXT } from "../support/json-local";
import { terraform } from "./support/real/terraform";

/** What Terraform itself makes of a stack's outputs. */
async function outputsOf(
  fill: (stack: TerraformStack) => { [name: string]: string },
): Promise<{ [name: string]: string }> {
  const stack = new TerraformStack(Testing.app(), "stack");
  for (const [name, value] of Object.entries(fill(stack))) {
    new TerraformOutput(stack, name, { value, staticId: true });
  }
  const folder = mkdtempSync(join(tmpdir(), "terraform-text-"));
  writeFileSync(join(folder, "cdk.tf.json"), Testing.synth(stack));
  await terraform(folder, ["init", "-no-color"]);
  await terraform(folder, ["apply", "-no-color", "-auto-approve"]);
  const { stdout } = await terraform(folder, ["output", "-json"]);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(
    Object.entries<{ value: string }>(JSON.parse(stdout)).map(([name, { value }]) => [name, value]),
  );
}

const numbered = (values: string[]) => Object.fromEntries(values.map((value, index) => [`v${index}`, value]));

/** The values that arrive of those that `fill` gives, by way of one JSON text each. */
async function jsonValuesOf<T extends object>(
  fill: (stack: TerraformStack) => T[],
): Promise<{ text: string; value: T }[]> {
  const outputs = await outputsOf((stack) =>
    numbered(fill(stack).map((value, index) => jsonText(stack, `value${index}`, value).expression)),
  );
  return Object.values(numberedBack(outputs)).map((text) => ({ text, value: JSON.parse(text) as T }));
}

/** The outputs in the order of their numbers: Terraform sorts them by name. */
const numberedBack = (outputs: { [name: string]: string }) =>
  Object.keys(outputs).map((_, index) => outputs[`v${index}`]);

/** A variable with this default, which Terraform takes as it is. */
const variable = (stack: TerraformStack, name: string, value: unknown) =>
  new TerraformVariable(stack, name, { default: value }).stringValue;

/** Texts that somebody who wanted to break this would give. */
const HOSTILE = [
  "",
  " ",
  "\\",
  "\\\\",
  "\\u",
  "\\u{",
  "\\u{0041}",
  "\\\\u{0041}",
  "\\\\\\u{0041}",
  "\\u{005c}u{0041}",
  "\\u0041",
  "\\\\u0041",
  "u{0041}",
  "{0041}",
  "${x}",
  "$${x}",
  "$$${x}",
  "%{if true}",
  "%%{x}",
  "$",
  "%",
  "$$",
  "a$",
  "a%",
  "{",
  "}",
  "~}",
  "${~ x ~}",
  '${"$"}',
  "$1",
  "\\1",
  "a\nb\r\nc\t",
  "\n",
  "\r",
  "\r${x}",
  "a\r%{x}",
  "\u0301x",
  "e\u0301",
  "\u00e9",
  "\u1161",
  "\u1100\u1161",
  "\u11a8",
  "\uac00",
  "\u0338",
  "\u2126",
  "\u212b",
  "\ufb01",
  "\u0344",
  "\u0958",
  "\u{1f600}",
  "\u{1f468}\u200d\u{1f469}",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\ufffe",
  "\uffff",
  "\u0001",
  "\u001f",
  "\u007f",
  "\u0085",
  "\ue000",
  "\u{10ffff}",
  "\u{e0001}",
  '"',
  "'",
  '\\"',
  "<&>",
  '{"a": 1}',
  "null",
  "true",
  "1e400",
  "#{x}",
  "\u65e5\u672c",
  "\u202eabc",
  "\u{1e030}",
  "\u{16d67}\u{16d67}",
];

test("every text arrives byte for byte, as a value and as a key", async () => {
  const texts = [...HOSTILE, ...fc.sample(ANY_TEXT, { numRuns: 200, seed: 13 })];
  const nested = {
    list: ["", [], {}, null, 0, -1, 1.5, 2 ** 53 - 1, true, false],
    empty: {},
    none: [],
    no: null,
    undefined,
  };
  const given = [
    ...texts.map((text) => ({ text })),
    ...texts.map((text) => ({ [text]: { [`x${text}`]: [text] } })),
    nested,
  ];
  const arrived = await jsonValuesOf<object>(() => given);
  expect(arrived.map(({ value }) => value)).toEqual(given.map((value) => JSON.parse(JSON.stringify(value))));
});

test("a text arrives beside texts that need an escape, and without one", async () => {
  const [plain, escaped] = await jsonValuesOf(() => [
    HOSTILE,
    [...HOSTILE.filter((text) => /^[a-z"$%{}\n]*$/.test(text))],
  ]);
  expect(plain.value).toEqual(HOSTILE);
  expect(escaped.text).not.toContain("\\u0");
});

test("so do the literals beside an unresolved token, and the token's value as Terraform has it", async () => {
  const texts = [...HOSTILE, ...fc.sample(ANY_TEXT, { numRuns: 200, seed: 14 })];
  // Terraform's own texts are in NFC.
  const values = texts.filter(isTokenValue).map(asTerraformKeepsIt);
  expect(values.length).toBeGreaterThan(200);
  const beside = (text: string, token: string) => [
    token,
    `${text}${token}`,
    `${token}${text}`,
    `${text}${token}${text}${token}${token}`,
  ];
  const valueOf = (index: number) => values[(index * 7) % values.length];
  const arrived = await jsonValuesOf((stack) =>
    texts.map((text, index) => beside(text, variable(stack, `variable${index}`, valueOf(index)))),
  );
  expect(arrived.map(({ value }) => value)).toEqual(texts.map((text, index) => beside(text, valueOf(index))));
});

test("an unresolved token is a text, whatever its type, and a key", async () => {
  const [arrived, withEscapes] = await jsonValuesOf<object>((stack) => {
    const [five, yes, name] = [5, true, "NAME"].map((value, index) => variable(stack, `typed${index}`, value));
    const value = { five, yes, beside: `${five} ${yes}`, [name]: { list: [five] } };
    return [value, { ...value, mark: "\u0301" }];
  });
  const expected = { five: "5", yes: "true", beside: "5 true", NAME: { list: ["5"] } };
  expect(arrived.value).toEqual(expected);
  expect(withEscapes.value).toEqual({ ...expected, mark: "\u0301" });
});

test.each(["null", '["a"]', '{"a" = 1}'])(
  "an unresolved token that is %s is refused by Terraform",
  async (expression) => {
    for (const more of [{}, { mark: "\u0301" }]) {
      const values = jsonValuesOf((stack) => [
        { value: new TerraformLocal(stack, "other", `\${${expression}}`).asString, ...more },
      ]);
      await expect(values).rejects.toThrow("Invalid function argument");
    }
  },
);

test("a key that an unresolved token gives a second time is refused by Terraform", async () => {
  const values = jsonValuesOf<object>((stack) => [{ A: "1", [variable(stack, "name", "A")]: "2" }]);
  await expect(values).rejects.toThrow('An attribute named "A" was already defined');
});

test("what would change beside its neighbours is refused by Terraform before anything is changed", async () => {
  const refused = ["\u0301", "a\n\u0301", "<\u0301", "\\\u0301", "\u1161", "\u11a8b", "\u0b3ex"];
  const accepted = [
    "",
    "\n",
    "a\u0330",
    "\u{1f468}\u200d\u{1f469}",
    "\u2764\ufe0f",
    "\u0915\u093f",
    "<a>",
    "C:\\x",
    "\uac00",
  ];
  const outputs = await outputsOf((stack) =>
    numbered(
      [...refused, ...accepted].map((text, index) => {
        const value = variable(stack, `variable${index}`, text);
        return Fn.tostring(tokenPreconditions([{ what: "x", value, pattern: JSON_TOKEN, allowed: "" }])[0].condition);
      }),
    ),
  );
  expect(numberedBack(outputs)).toEqual([...refused.map(() => "false"), ...accepted.map(() => "true")]);
});

test("the region of a zone that is an unresolved token", async () => {
  const zones = ["us-east1-b", "europe-west4-a", "northamerica-northeast1-a", "me-central2-c", "europe-west12-b"];
  const outputs = await outputsOf((stack) =>
    numbered(
      zones.map((zone, index) => regionOf(new TerraformVariable(stack, `zone${index}`, { default: zone }).stringValue)),
    ),
  );
  expect(outputs).toEqual(
    numbered(["us-east1", "europe-west4", "northamerica-northeast1", "me-central2", "europe-west12"]),
  );
});

test("Terraform judges an unresolved token as synthesis judges a literal, and refuses quotes and backslashes too", async () => {
  const refused = ["\n", "\t", "\u0085", "\u009f", "\u2028", "\u2029", "\ufeff", "\uffff"].flatMap((c) => [
    `/a${c}b`,
    `/a${c}`,
  ]);
  const ends = [" /a", "/a ", ""];
  const notNormal = ["/a/../b", "/.", "//a", "/a/"];
  const accepted = ["/a", "/srv/photos/2026", "/with space", "/日本 ü", "/it's", "/$x", "/${x}", "/%{x}", "/\u{1f600}"];
  for (const value of accepted) expect([value, isPlainText(value)]).toEqual([value, true]);
  for (const value of [...refused, ...ends.slice(0, 2)]) expect([value, isPlainText(value)]).toEqual([value, false]);
  const values = [...refused, ...ends, '/a"b', "/a\\b", "/a,b", ...notNormal, ...accepted];
  const judge = async (pattern: string) => {
    const outputs = await outputsOf((stack) =>
      numbered(
        values.map((value, index) => {
          const options = { default: value.replace(/([$%])\{/g, "$1$1{") };
          const { stringValue } = new TerraformVariable(stack, `value${index}`, options);
          const [{ condition }] = tokenPreconditions([{ what: "value", value: stringValue, pattern, allowed: "" }]);
          return Fn.tostring(condition);
        }),
      ),
    );
    return values.filter((_, index) => outputs[`v${index}`] === "true");
  };
  expect(await judge(PLAIN_TOKEN)).toEqual(["/a,b", ...notNormal, ...accepted]);
  expect(await judge(PLAIN_PATH_TOKEN)).toEqual(accepted);
});
