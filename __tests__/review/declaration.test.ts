/** The declaration as the review reads it from stacks that the library synthesizes. */
import { TerraformStack, TerraformVariable } from "cdktf";
import fc from "fast-check";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, LocalGcsBackedContainerApp } from "../../lib";
import { jsonText } from "../../lib/terraform/json-text";
import { compareStacks } from "../../lib/review/comparison";
import { readStack } from "../../lib/review/read-stack";
import { declaredValue } from "../../lib/review/terraform-text";
import { ANY_TEXT } from "../support/json-local";
import { newLocalStack, readyLocal } from "../support/local";
import { newStack, ready, synthesized } from "../support/synthesize";

type Props = Partial<GcsBackedContainerAppProps>;
type Variable = (name: string) => string;

const read = (stack: TerraformStack) => readStack(JSON.stringify(synthesized(stack)), "cdk.tf.json");
const stackOf = (props: (variable: Variable) => Props) => {
  const stack = newStack();
  const variable = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(variable) });
  return read(stack);
};
const declared = (props: (variable: Variable) => Props) =>
  stackOf(props).resources.find(({ type }) => type === "google_compute_instance")!.declaration!;

test("it is what was given", () => {
  const given = {
    environment: { A: "b", TEXT: 'cafe\u0301 ${x} %{y}\n"\\u{0041}"' },
    entrypoint: ["sh", "-c"],
    args: ["echo \u200b$HOME"],
    user: "33:33",
  };
  expect(declared(() => given)).toMatchObject({ ...given, schemaVersion: 1 });
});

test("so is that of the local stack, among the files of the VM's stand-in", () => {
  const stack = newLocalStack();
  new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), environment: { A: "cafe\u0301 ${x}" } });
  const found = read(stack).resources.flatMap(({ declaration }) => declaration ?? []);
  expect(found).toMatchObject([{ environment: { A: "cafe\u0301 ${x}" }, ports: [{ hostAddress: "127.0.0.1" }] }]);
});

test.each([
  ["plain values", {}],
  ["values with escapes", { OTHER: "cafe\u0301 \\" }],
])("unresolved tokens are shown as Terraform writes them, beside %s", (_, other) => {
  const { environment, args, user, mounts } = declared((variable) => {
    const two = variable("two");
    return {
      environment: { ALONE: variable("one"), BESIDE: `a$${two}-${two}\\`, ...other },
      args: [variable("three")],
      user: variable("four"),
    };
  });
  expect(environment).toEqual({ ALONE: "${var.one}", BESIDE: "a$${var.two}-${var.two}\\", ...other });
  expect([args, user]).toEqual([["${var.three}"], "${var.four}"]);
  expect(mounts[0].bucket).toMatch(/^\$\{google_storage_bucket\.gallery_bucket_\w+\.name\}$/);
});

test("an unresolved token is the same one before and after another value came that needs an escape", () => {
  const before = stackOf((variable) => ({ environment: { A: variable("one") } }));
  const after = stackOf((variable) => ({ environment: { A: variable("one"), B: "cafe\u0301" } }));
  const { apps } = compareStacks(before, after);
  expect(apps.flatMap(({ changes }) => changes)).toMatchObject([{ what: "environment variable", name: "B" }]);
});

test("any text is read as it was given", () => {
  const stack = newStack();
  fc.assert(
    fc.property(ANY_TEXT, fc.uuid(), (text, id) => {
      const scope = new TerraformStack(stack, id);
      jsonText(scope, "value", { text });
      const { locals } = synthesized(scope);
      expect(declaredValue(locals!.value as never)).toEqual({ text });
    }),
    { numRuns: 50 },
  );
});
