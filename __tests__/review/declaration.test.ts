/** The declaration as the review reads it from stacks that the library synthesizes. */
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { TerraformStack, TerraformVariable } from "cdktf";
import fc from "fast-check";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, LocalGcsBackedContainerApp } from "../../lib";
import { jsonText } from "../../lib/terraform/json-text";
import { escapeTemplate } from "../../lib/terraform/template-text";
import { compareStacks } from "../../lib/review/changes/compare";
import { readStack } from "../../lib/review/read/read-stack";
import { Stack } from "../../lib/review/read/stack";
import { declaredValue } from "../../lib/review/read/terraform-text";
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
  const written = { ...given, environment: { A: "b", TEXT: escapeTemplate(given.environment.TEXT) } };
  expect(declared(() => given)).toMatchObject({ ...written, schemaVersion: 1 });
});

test("a literal that looks like a reference is another value than the reference", () => {
  const withText = (text: (variable: Variable) => string) =>
    stackOf((variable) => ({ environment: { A: text(variable), B: "cafe\u0301" } }));
  const { apps } = compareStacks(
    withText((variable) => variable("one")),
    withText(() => "${var.one}"),
  );
  expect(apps[0].changes).toMatchObject([{ name: "A", before: "${var.one}", after: "$${var.one}" }]);
});

describe("a bucket whose name the stack knows", () => {
  const appsOn = (name: string, given: (bucket: StorageBucket) => string) => {
    const stack = newStack();
    const bucket = new StorageBucket(stack, "media", { name, location: "EU" });
    const mounts = [{ path: "/srv/media", bucket: given(bucket), readOnly: true }];
    const environment = { MEDIA: `gs://${given(bucket)}/` };
    new GcsBackedContainerApp(stack, "gallery", { ...ready(), mounts, environment });
    return read(stack);
  };
  const declarationChanges = (before: Stack, after: Stack) =>
    compareStacks(before, after)
      .apps.flatMap(({ changes }) => changes)
      .filter(({ what }) => what === "mount" || what === "environment variable");

  test("is the same, named or referred to", () => {
    const changes = declarationChanges(
      appsOn("media-files", ({ name }) => name),
      appsOn("media-files", () => "media-files"),
    );
    expect(changes).toEqual([]);
  });

  test("is another one under another name, for whoever refers to it", () => {
    const changes = declarationChanges(
      appsOn("media-files", ({ name }) => name),
      appsOn("other-files", ({ name }) => name),
    );
    expect(changes).toMatchObject([
      { name: "MEDIA", before: "gs://media-files/", after: "gs://other-files/", effect: "app restarts" },
      { name: "/srv/media: bucket", before: "media-files", after: "other-files", effect: "app restarts" },
    ]);
  });

  test("so is the app's own", () => {
    const own = (name: string) => stackOf(() => ({ bucketOptions: { name } }));
    expect(declarationChanges(own("one-bucket"), own("other-bucket"))).toMatchObject([
      { name: "/srv/app/uploads: bucket", before: "one-bucket", after: "other-bucket", effect: "app restarts" },
    ]);
  });
});

test("so is that of the local stack, among the files of the VM's stand-in", () => {
  const stack = newLocalStack();
  new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), environment: { A: "cafe\u0301 ${x}" } });
  const found = read(stack).resources.flatMap(({ declaration }) => declaration ?? []);
  expect(found).toMatchObject([{ environment: { A: "cafe\u0301 $${x}" }, ports: [{ hostAddress: "127.0.0.1" }] }]);
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
  expect(environment).toEqual({ ALONE: "${var.one}", BESIDE: 'a${"$"}${var.two}-${var.two}\\', ...other });
  expect([args, user]).toEqual([["${var.three}"], "${var.four}"]);
  expect(mounts[0].bucket).toBe("demo-project-123-gallery");
});

test("an unresolved token is the same one before and after another value came that needs an escape", () => {
  const before = stackOf((variable) => ({ environment: { A: variable("one") } }));
  const after = stackOf((variable) => ({ environment: { A: variable("one"), B: "cafe\u0301" } }));
  const { apps } = compareStacks(before, after);
  expect(apps.flatMap(({ changes }) => changes)).toMatchObject([{ what: "environment variable", name: "B" }]);
});

test("any text is read as Terraform writes it", () => {
  const stack = newStack();
  fc.assert(
    fc.property(ANY_TEXT, fc.uuid(), (text, id) => {
      const scope = new TerraformStack(stack, id);
      jsonText(scope, "value", { text });
      const { locals } = synthesized(scope);
      expect(declaredValue(locals!.value as never)).toEqual({ text: escapeTemplate(text) });
    }),
    { numRuns: 50 },
  );
});
