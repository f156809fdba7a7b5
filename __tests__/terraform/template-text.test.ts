import { Fn, Lazy, TerraformVariable, Token } from "cdktf";
import { resolve } from "cdktf/lib/_tokens";
import fc from "fast-check";
import {
  asArgument,
  escapeTemplate,
  escapeValues,
  rawString,
  tokenExpression,
  tokenParts,
} from "../../lib/terraform/template-text";
import { newStack } from "../support/synthesize";
import { readTemplate, TEMPLATE_TEXT } from "../support/terraform-template";

const variables = (...names: string[]) => {
  const stack = newStack();
  return { stack, tokens: names.map((name) => new TerraformVariable(stack, name, {}).stringValue) };
};

describe("escapeTemplate", () => {
  test("what is escaped is what Terraform reads, whatever is in it", () => {
    fc.assert(
      fc.property(TEMPLATE_TEXT, (text) => {
        expect(readTemplate(escapeTemplate(text))).toEqual([text]);
      }),
    );
  });

  test("what is escaped is what Terraform's own JSON syntax wants", () => {
    expect(escapeTemplate("a ${b} $${c} %{d} $$ %% {} $")).toBe("a $${b} $$${c} %%{d} $$ %% {} $");
  });
});

test("escapeValues leaves strings with tokens as they are: they are templates already", () => {
  const { tokens } = variables("a");
  const values = { text: "${x} %{y}", token: tokens[0], both: `\${x}${tokens[0]}` };
  expect(escapeValues(values)).toEqual({ ...values, text: "$${x} %%{y}" });
});

describe("tokenParts", () => {
  test("are the literals and tokens of a string, in their order and as often as they were used", () => {
    const { tokens } = variables("a", "b");
    const part = fc.oneof(TEMPLATE_TEXT, fc.constantFrom(...tokens));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join("");
        const found = tokenParts(text);
        expect(found.join("")).toBe(text);
        expect(found.filter((one) => tokens.includes(one))).toEqual(parts.filter((one) => tokens.includes(one)));
      }),
    );
  });

  test.each(["", " ", "a ${b}"])("of the literal %j is the literal", (text) => {
    expect(tokenParts(text)).toEqual([text]);
  });
});

test("tokenExpression joins the parts, with literals in base64, and is a string whatever the token's value", () => {
  const { stack, tokens } = variables("a");
  expect(resolve(stack, tokenExpression(tokens[0]))).toBe('${join("", [var.a])}');
  expect(resolve(stack, tokenExpression(`<${tokens[0]}>`))).toBe(
    '${join("", [base64decode("PA=="), var.a, base64decode("Pg==")])}',
  );
});

describe("a token that gives a text and no reference is a string in Terraform's language", () => {
  const lazy = (text: string) => Lazy.stringValue({ produce: () => text });
  const base64 = (text: string) => `base64decode("${Buffer.from(text).toString("base64")}")`;

  test.each([
    ["plain", "db-password", '"db-password"'],
    ["a path", "/srv/a b.c", '"/srv/a b.c"'],
    ["empty", "", '""'],
    ["quotes", 'a"b', base64('a"b')],
    ["a template", "a ${b}", base64("a ${b}")],
    ["nothing but a template", "${b}", base64("${b}")],
    ["more than one line", "a\nb", base64("a\nb")],
    ["a backslash", "a\\b", base64("a\\b")],
  ])("%s", (_, text, expected) => {
    expect(resolve(newStack(), tokenExpression(lazy(text)))).toBe(`\${join("", [${expected}])}`);
    expect(resolve(newStack(), Fn.upper(asArgument(lazy(text))))).toBe(`\${upper(${expected})}`);
  });

  test("and what it refers to is a reference", () => {
    const { stack, tokens } = variables("a");
    const number = new TerraformVariable(stack, "n", { type: "number" }).numberValue;
    const given = (text: string) => resolve(stack, tokenExpression(lazy(text)));
    expect(given(tokens[0])).toBe('${join("", [join("", [var.a])])}');
    expect(given(`a-${tokens[0]}`)).toBe('${join("", [join("", [base64decode("YS0="), var.a])])}');
    expect(given(tokens[0] + tokens[0])).toBe('${join("", [join("", [var.a, var.a])])}');
    expect(given(lazy("x"))).toBe('${join("", [join("", ["x"])])}');
    expect(resolve(stack, tokenExpression(Token.asString(number)))).toBe('${join("", [var.n])}');
    expect(resolve(stack, tokenExpression(Fn.upper(tokens[0])))).toBe('${join("", [upper(var.a)])}');
  });

  test("beside text, too", () => {
    expect(resolve(newStack(), Fn.upper(asArgument(`a/${lazy("b")}/c`)))).toBe('${upper("a/${"b"}/c")}');
  });
});

test("rawString keeps backslashes in Terraform's language", () => {
  expect(resolve(newStack(), Fn.regex(rawString("\\d"), "a"))).toBe('${regex("\\\\d", "a")}');
});
