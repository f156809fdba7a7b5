import { TerraformVariable } from "cdktf";
import { newStack } from "../support/synthesize";
import { environmentVariables } from "../../lib/props/environment";
import { processArgument } from "../../lib/checks/process-argument";

test("values are kept as they are, in the order of their names", () => {
  const variables = environmentVariables({ B: " \n$x${y}%n", A: "", _c: "é", __proto__x: "cafe\u0301" });
  expect(Object.entries(variables)).toEqual([
    ["A", ""],
    ["B", " \n$x${y}%n"],
    ["__proto__x", "cafe\u0301"],
    ["_c", "é"],
  ]);
});

test("names that are unresolved tokens come last, in the order that was given", () => {
  const stack = newStack();
  const [one, two] = ["one", "two"].map((name) => new TerraformVariable(stack, name, {}).stringValue);
  const names = (...all: string[]) =>
    Object.keys(environmentVariables(Object.fromEntries(all.map((name) => [name, ""]))));
  expect(names(two, "B", one, "A")).toEqual(["A", "B", two, one]);
  expect(names(one, "B", two, "A")).toEqual(["A", "B", one, two]);
});

test.each(["A", "_", "a.b-c_1", "PATH", "DOCKER_HOST", "constructor"])("name %s", (name) => {
  expect(environmentVariables({ [name]: "x" })).toEqual({ [name]: "x" });
});

test("a name that no object can be given by assignment is refused", () => {
  expect(() => environmentVariables(JSON.parse('{"__proto__": "x"}'))).toThrow(
    /^environment variable "__proto__" is not valid: /,
  );
});

test("a value may be as long as Linux takes it, in bytes and with docker's own words before it", () => {
  const longest = 128 * 1024 - 1 - "--env=A=".length;
  expect(() => environmentVariables({ A: "x".repeat(longest) })).not.toThrow();
  expect(() => environmentVariables({ A: `${"x".repeat(longest - 1)}é` })).toThrow(
    /has 131064 bytes and can have 131063/,
  );
});

test("so may an argument", () => {
  expect(() => processArgument("args", "x".repeat(128 * 1024 - 1))).not.toThrow();
  expect(() => processArgument("args", "x".repeat(128 * 1024))).toThrow(/^args has 131072 bytes/);
});

test.each(["\0", "\ud800", "a\udc00"])("no process can be given %j", (text) => {
  expect(() => processArgument("args[0]", text)).toThrow(
    /^args\[0\] .* is not valid: use text without NUL and without half surrogate pairs$/,
  );
});

test("nor beside an unresolved token, which itself is left to Terraform", () => {
  const token = new TerraformVariable(newStack(), "a", {}).stringValue;
  expect(() => processArgument("args[0]", `${token}\0`)).toThrow(/^args\[0\] .* is not valid: use text without NUL/);
  expect(processArgument("args[0]", `a${token}`)).toBe(`a${token}`);
});
