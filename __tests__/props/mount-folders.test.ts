import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { App, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { rmSync } from "node:fs";
import { GcsBackedContainerApp, GcsMount } from "../../lib";
import { folderWith } from "../support/folder";
import { newStack, ready } from "../support/synthesize";

let outdir: string;
beforeAll(() => {
  outdir = folderWith();
});
afterAll(() => rmSync(outdir, { recursive: true }));

type Mount = Partial<GcsMount>;

/** The synthesis of a stack with an app of two mounts. */
function synthesisOf(define: (stack: TerraformStack) => { mounts: Mount[]; existingBucket?: string }): () => void {
  return () => {
    const app = Testing.app({ outdir });
    const stack = newStack("cloud", app);
    const { mounts, ...props } = define(stack);
    const paths = mounts.map((mount, index) => ({ path: `/srv/${index}`, ...mount }));
    new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props, mounts: paths });
    // Not Testing.synth, which leaves out the preparation of references to other stacks.
    app.synth();
  };
}

const variable = (stack: TerraformStack, name: string) =>
  ((stack.node.tryFindChild(name) as TerraformVariable | undefined) ?? new TerraformVariable(stack, name, {}))
    .stringValue;
/** A new token for each reference, of one bucket. */
const bucketNamed = (stack: TerraformStack, id: string) => {
  const bucket =
    (stack.node.tryFindChild(id) as StorageBucket | undefined) ??
    new StorageBucket(stack, id, { name: `files-${id}`, location: "EU" });
  return bucket.name;
};

test.each<[string, Mount[]]>([
  ["a folder each", [{ prefix: "a" }, { prefix: "b" }]],
  ["names that begin alike", [{ prefix: "a" }, { prefix: "ab" }]],
  ["a bucket each", [{}, { bucket: "media-library" }]],
  ["one folder, of a bucket each", [{ prefix: "a" }, { bucket: "media-library", prefix: "a" }]],
  ["one folder, of which the second may only be read", [{ prefix: "a" }, { prefix: "a", readOnly: true }]],
  ["one folder, of which the first may only be read", [{ readOnly: true }, {}]],
  ["one folder that is only read, twice", [{ readOnly: true }, { prefix: "a", readOnly: true }]],
])("mounts are accepted with %s", (_, mounts) => {
  expect(synthesisOf(() => ({ mounts }))).not.toThrow();
});

describe("an unresolved token", () => {
  test.each<[string, (stack: TerraformStack) => { mounts: Mount[]; existingBucket?: string }]>([
    ["a bucket that may be the app's own", (stack) => ({ mounts: [{}, { bucket: variable(stack, "one") }] })],
    [
      "two buckets",
      (stack) => ({ mounts: [{ bucket: bucketNamed(stack, "one") }, { bucket: bucketNamed(stack, "two") }] }),
    ],
    ["a folder", (stack) => ({ mounts: [{ prefix: variable(stack, "one") }, { prefix: "a" }] })],
    ["two folders", (stack) => ({ mounts: [{ prefix: variable(stack, "one") }, { prefix: variable(stack, "two") }] })],
    [
      "buckets of two other stacks, which have one address there",
      (stack) => {
        const buckets = ["eu", "us"].map((id) => bucketNamed(newStack(id, App.of(stack)), "files"));
        return { mounts: buckets.map((bucket) => ({ bucket })) };
      },
    ],
  ])("passes: %s", (_, define) => {
    expect(synthesisOf(define)).not.toThrow();
  });

  test.each<[string, (stack: TerraformStack) => { mounts: Mount[]; existingBucket?: string }, string]>([
    [
      "one bucket, by two references",
      (stack) => ({ mounts: [{ bucket: bucketNamed(stack, "one") }, { bucket: bucketNamed(stack, "one") }] }),
      "mounts[1].prefix undefined is not valid: mounts[0] writes to the whole of the same bucket: ",
    ],
    [
      "the app's existing bucket, by two references",
      (stack) => ({
        existingBucket: bucketNamed(stack, "one"),
        mounts: [{ prefix: "a" }, { prefix: "a", bucket: bucketNamed(stack, "one") }],
      }),
      'mounts[1].prefix "a" is not valid: mounts[0] writes to "a" of the same bucket: ',
    ],
    [
      "any folder beside the whole bucket",
      (stack) => ({ mounts: [{}, { prefix: variable(stack, "one") }] }),
      "is not valid: mounts[0] writes to the whole of the same bucket: ",
    ],
    [
      "a folder inside of one",
      (stack) => ({ mounts: [{ prefix: variable(stack, "one") }, { prefix: `${variable(stack, "one")}/a` }] }),
      "of the same bucket: ",
    ],
  ])("stops where it is the same: %s", (_, define, message) => {
    expect(synthesisOf(define)).toThrow(message);
    expect(synthesisOf(define)).toThrow(/^\[cloud\/gallery\] mounts\[1\]\.prefix /);
  });
});
