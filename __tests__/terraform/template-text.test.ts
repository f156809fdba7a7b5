import { TerraformVariable, Token } from "cdktf";
import { resolve } from "cdktf/lib/_tokens";
import fc from "fast-check";
import { encodeBase64, renderWithTokens, unescapeTemplate } from "../../lib/terraform/template-text";
import { readTemplate, TEMPLATE_TEXT } from "../support/terraform-template";
import { newStack } from "../support/synthesize";

/** Any text that a process can be given. */
const argumentText = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));

describe("base64", () => {
  test("is of the UTF-8 bytes, whatever the text", () => {
    fc.assert(
      fc.property(argumentText, (text) => {
        const decoded = Buffer.from(encodeBase64("text", text), "base64");
        expect(decoded.equals(Buffer.from(text, "utf8"))).toBe(true);
      }),
    );
  });

  test.each([
    ["decomposed", "cafe\u0301", "Y2FmZcyB"],
    ["composed", "caf\u00e9", "Y2Fmw6k="],
    ["a template of Terraform", "${var.a}", "JHt2YXIuYX0="],
    ["nothing", "", ""],
  ])("is of the text as it was given: %s", (_, text, expected) => {
    expect(encodeBase64("text", text)).toBe(expected);
  });

  test("of a token is Terraform's business", () => {
    const stack = newStack();
    const token = new TerraformVariable(stack, "a", {}).stringValue;
    expect(resolve(stack, encodeBase64("text", token))).toBe("${base64encode(var.a)}");
    expect(resolve(stack, encodeBase64("text", `<${token}>`))).toBe(
      '${base64encode(join("", [base64decode("PA=="), var.a, base64decode("Pg==")]))}',
    );
  });

  test.each(["\0", "\ud800", "a\udc00"])("refuses %j", (text) => {
    expect(() => encodeBase64("text", text)).toThrow(/^text .* is not valid: use text without NUL/);
  });

  test("refuses them beside a token as well", () => {
    const token = new TerraformVariable(newStack(), "a", {}).stringValue;
    expect(() => encodeBase64("text", `${token}\0`)).toThrow(/^text "\\u0000" is not valid/);
  });
});

describe("renderWithTokens", () => {
  test("what is rendered arrives, whatever is in it", () => {
    fc.assert(
      fc.property(TEMPLATE_TEXT, (text) => {
        const template = renderWithTokens({ text }, (spec) => spec.text);
        expect(readTemplate(template)).toEqual([text]);
      }),
    );
  });

  test("unescapeTemplate is what arrives", () => {
    fc.assert(
      fc.property(TEMPLATE_TEXT, (text) => {
        expect(unescapeTemplate(renderWithTokens({ text }, (spec) => spec.text))).toBe(text);
      }),
    );
  });

  test("tokens are put back between texts, in their order and as often as they were used", () => {
    const stack = newStack();
    const tokens = ["a", "b"].map((name) => new TerraformVariable(stack, name, {}).stringValue);
    const part = fc.oneof(TEMPLATE_TEXT, fc.constantFrom(...tokens));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.constantFrom("", "|"), (parts, separator) => {
        const template = resolve(
          stack,
          renderWithTokens(parts, (spec) => spec.join(separator)),
        );
        const expected = parts.map((value) =>
          Token.isUnresolved(value) ? { expression: resolve(stack, value).slice(2, -1) } : value,
        );
        expect(readTemplate(template)).toEqual(joined(expected, separator));
      }),
    );
  });

  test("the renderer sees no token, and what it sees needs no quotes", () => {
    const token = new TerraformVariable(newStack(), "a", {}).stringValue;
    renderWithTokens({ deep: [{ token, number: 1, flag: true, none: undefined }] }, (spec) => {
      expect(spec.deep[0].token).toMatch(/^[A-Za-z0-9]+$/);
      expect(spec.deep[0]).toMatchObject({ number: 1, flag: true, none: undefined });
      return "";
    });
  });

  test("many tokens do not get in each other's way", () => {
    const stack = newStack();
    const tokens = Array.from({ length: 12 }, (_, index) => new TerraformVariable(stack, `v${index}`, {}).stringValue);
    expect(renderWithTokens(tokens, (spec) => spec.join(" "))).toBe(tokens.join(" "));
  });

  test("a text that looks like a placeholder stays as it is", () => {
    const token = new TerraformVariable(newStack(), "a", {}).stringValue;
    let seen = "";
    renderWithTokens({ token }, (spec) => (seen = spec.token));
    expect(renderWithTokens({ token, seen }, (spec) => `${spec.seen} ${spec.token}`)).toBe(`${seen} ${token}`);
  });

  test("what is escaped is what Terraform's own JSON syntax wants", () => {
    const text = "a ${b} $${c} %{d} $$ %% {} $";
    expect(renderWithTokens({ text }, (spec) => spec.text)).toBe("a $${b} $$${c} %%{d} $$ %% {} $");
  });
});

type Part = string | { expression: string };

/** The parts with a separator between them, neighbouring texts as one. */
function joined(parts: Part[], separator: string): Part[] {
  const result: Part[] = [];
  parts
    .flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
    .filter((part) => part !== "")
    .forEach((part) => {
      const last = result[result.length - 1];
      if (typeof part === "string" && typeof last === "string") {
        result[result.length - 1] = last + part;
      } else {
        result.push(part);
      }
    });
  return result.length > 0 ? result : [""];
}
