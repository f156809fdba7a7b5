import { Fn, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { resolve } from "cdktf/lib/_tokens";
import fc from "fast-check";
import { jsonText } from "../../lib/terraform/json-text";
import { ANY_TEXT, readLocal } from "../support/json-local";

const PLAIN = "${jsonencode(local.value)}";
const WITH_ESCAPES = '${replace(jsonencode(local.value), "/\\\\\\\\\\\\\\\\u\\\\{([0-9a-f]{4})\\\\}/", "\\\\u$1")}';

/** What is in the stack: the local value, and the expression of the JSON text. */
function inStack(fill: (variable: (name: string) => string) => object) {
  const stack = new TerraformStack(Testing.app(), "stack");
  const value = fill((name) => new TerraformVariable(stack, name, {}).stringValue);
  const { expression, sizeBytes } = jsonText(stack, "value", value);
  const { locals } = JSON.parse(Testing.synth(stack));
  return { local: locals.value, expression: resolve(stack, expression), sizeBytes };
}

test("plain values stay as they are, to be read in the stack", () => {
  const value = {
    text: "a b\tc\n$d 100% 'e' \"f\" C:\\g <&> é 日本 \u{1f600} \u2764",
    list: [1, -1.5, true, false, null, "", [], {}],
    nested: { deep: { deeper: "x" } },
  };
  expect(inStack(() => value)).toMatchObject({ local: value, expression: PLAIN });
});

test("what looks like a template of Terraform is escaped, and nothing else is", () => {
  expect(inStack(() => ({ "${k}": "${a} %{b} $c" }))).toMatchObject({
    local: { "$${k}": "$${a} %%{b} $c" },
    expression: PLAIN,
  });
});

test("an undefined value is left out", () => {
  expect(inStack(() => ({ a: undefined, b: [{ c: undefined }] })).local).toEqual({ b: [{}] });
});

describe("what Terraform would change, or nobody could read, is written with JSON's own escapes", () => {
  test.each([
    ["decomposed", "cafe\u0301", "cafe\\u{0301}"],
    ["a mark at the start", "\u0301a", "\\u{0301}a"],
    ["a mark after what becomes an escape", "\n\u0301 <\u0301", "\\u{000a}\\u{0301} <\\u{0301}"],
    ["a Hangul vowel at the start", "\u1161", "\\u{1161}"],
    ["a character with another canonical form", "\u2126", "\\u{2126}"],
    ["a control character", "a\u0001b", "a\\u{0001}b"],
    ["a carriage return alone", "a\r${b}", "a\\u{000d}$${b}"],
    ["invisible ones", "\u200b\ufeff\u202e", "\\u{200b}\\u{feff}\\u{202e}"],
    ["line separators", "\u2028", "\\u{2028}"],
    ["pairs of surrogates", "\u{e0001}", "\\u{db40}\\u{dc01}"],
    ["what looks like such an escape", "\\u{0041} \\\\u{", "\\u{005c}u{0041} \\\\u{005c}u{"],
  ])("%s", (_, text, expected) => {
    expect(inStack(() => ({ text }))).toMatchObject({ local: { text: expected }, expression: WITH_ESCAPES });
    expect(inStack(() => ({ [text]: 1 }))).toMatchObject({ local: { [expected]: 1 }, expression: WITH_ESCAPES });
  });

  test.each(["a\r\nb", "\u00e9", "\uac00", "\u0915\u093f", "\u2764\ufe0f"])("but not %j", (text) => {
    expect(inStack(() => ({ text }))).toMatchObject({ local: { text }, expression: PLAIN });
  });

  test("so that any text arrives, in ASCII or in normal form", () => {
    fc.assert(
      fc.property(ANY_TEXT, (text) => {
        const { local } = inStack(() => ({ text }));
        expect(readLocal(local)).toEqual({ text });
        expect(local.text.normalize("NFC")).toBe(local.text);
      }),
    );
  });
});

describe("an unresolved token", () => {
  test("is a text in the JSON, whatever the type of its value", () => {
    expect(inStack((variable) => ({ a: variable("one"), b: `${variable("two")}${variable("three")}` })).local).toEqual({
      a: '${join("", [var.one])}',
      b: "${var.two}${var.three}",
    });
  });

  test.each<[string, (variable: TerraformVariable) => string, string]>([
    ["a number", ({ numberValue }) => String(numberValue), '${join("", [var.one])}'],
    ["a number beside text", ({ numberValue }) => `port=${numberValue}.`, "port=${var.one}."],
    ["a number beside digits", ({ numberValue }) => `1${numberValue}-2`, "1${var.one}-2"],
    ["two numbers", ({ numberValue }) => `${numberValue}${numberValue}`, "${var.one}${var.one}"],
    ["a boolean", ({ booleanValue }) => String(booleanValue), '${join("", [var.one])}'],
    ["an element of a list", ({ listValue }) => String(Fn.element(listValue, 0)), '${join("", [element(var.one, 0)])}'],
    ["a number of a function", ({ listValue }) => String(Fn.lengthOf(listValue)), '${join("", [length(var.one)])}'],
  ])("is a text in the JSON if it is %s in a string", (_, textOf, expected) => {
    const stack = new TerraformStack(Testing.app(), "stack");
    const text = textOf(new TerraformVariable(stack, "one", {}));
    jsonText(stack, "value", { text, list: [text] });
    expect(JSON.parse(Testing.synth(stack)).locals.value).toEqual({ text: expected, list: [expected] });
  });

  test("is escaped like any other where it is a number in a string", () => {
    const stack = new TerraformStack(Testing.app(), "stack");
    const { numberValue } = new TerraformVariable(stack, "one", {});
    jsonText(stack, "value", { a: `\u0301${numberValue}` });
    expect(JSON.parse(Testing.synth(stack)).locals.value).toEqual({ a: `\\u{0301}${replaced("var.one")}` });
  });

  test("is not what only looks like one", () => {
    expect(inStack(() => ({ a: "-1.8881545897087999e+289" })).local).toEqual({ a: "-1.8881545897087999e+289" });
  });

  test("may be a key", () => {
    expect(inStack((variable) => ({ [variable("one")]: 1 })).local).toEqual({ '${join("", [var.one])}': 1 });
  });

  test("has literals beside it that cannot be read together with it", () => {
    const { local, expression } = inStack((variable) => ({ a: `$%\\u é${variable("one")}{0041}` }));
    expect(local).toEqual({ a: `\\u{0024}\\u{0025}\\u{005c}u é${replaced("var.one")}{0041}` });
    expect(expression).toBe(WITH_ESCAPES);
  });

  test("keeps its own backslashes where there are escapes", () => {
    const { local } = inStack((variable) => ({ a: variable("one"), b: "\u0301" }));
    expect(local).toEqual({ a: replaced("var.one"), b: "\\u{0301}" });
  });

  const replaced = (name: string) => `\${replace(${name}, "\\\\", "\\\\u{005c}")}`;
});

describe("the size", () => {
  test.each<[string, object]>([
    ["plain", { a: "b", c: [1, true, null] }],
    ["in bytes", { a: "é日\u{1f600}" }],
    ["with JSON's escapes", { a: '"\\\n' }],
  ])("is that of the JSON text: %s", (_, value) => {
    expect(inStack(() => value).sizeBytes).toBe(Buffer.byteLength(JSON.stringify(value)));
  });

  test.each([
    ["what Terraform's jsonencode escapes", "<>&", 18],
    ["what is escaped here", "e\u0301", 7],
    ["a pair of surrogates", "\u{e0001}", 12],
    ["a template of Terraform", "${x}", 4],
    ["what looks like an escape", "\\u{0041}", 13],
  ])("counts what arrives: %s", (_, text, bytes) => {
    expect(inStack(() => ({ a: text })).sizeBytes).toBe(bytes + '{"a":""}'.length);
  });
});
