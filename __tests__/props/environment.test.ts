import { TerraformVariable } from "cdktf";
import { newStack } from "../support/synthesize";
import { environmentVariables } from "../../lib/props/environment";
import { encodeArgument } from "../../lib/checks/process-argument";

const decode = (base64: string) => Buffer.from(base64, "base64").toString();

test("values are kept as they are, in the order of their names", () => {
  const variables = environmentVariables({ B: " \n$x${y}%n", A: "", _c: "é" });
  expect(variables.map(({ name, base64 }) => [name, decode(base64)])).toEqual([
    ["A", ""],
    ["B", " \n$x${y}%n"],
    ["_c", "é"],
  ]);
});

test("names that are unresolved tokens come last, in the order that was given", () => {
  const stack = newStack();
  const [one, two] = ["one", "two"].map((name) => new TerraformVariable(stack, name, {}).stringValue);
  const names = (...all: string[]) =>
    environmentVariables(Object.fromEntries(all.map((name) => [name, ""]))).map(({ name }) => name);
  expect(names(two, "B", one, "A")).toEqual(["A", "B", two, one]);
  expect(names(one, "B", two, "A")).toEqual(["A", "B", one, two]);
});

test.each(["A", "_", "a.b-c_1", "PATH", "DOCKER_HOST"])("name %s", (name) => {
  expect(environmentVariables({ [name]: "" })).toHaveLength(1);
});

test("a value may be as long as Linux takes it, in bytes and with docker's own words before it", () => {
  const longest = 128 * 1024 - 1 - "--env=A=".length;
  expect(() => environmentVariables({ A: "x".repeat(longest) })).not.toThrow();
  expect(() => environmentVariables({ A: `${"x".repeat(longest - 1)}é` })).toThrow(
    /has 131064 bytes and can have 131063/,
  );
});

test("so may an argument", () => {
  expect(() => encodeArgument("args", "x".repeat(128 * 1024 - 1))).not.toThrow();
  expect(() => encodeArgument("args", "x".repeat(128 * 1024))).toThrow(/^args has 131072 bytes/);
});
