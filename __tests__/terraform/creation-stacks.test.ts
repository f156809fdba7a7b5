import { GcsBackedContainerApp } from "../../lib";
import { withoutCreationStacks } from "../../lib/terraform/creation-stacks";
import { newStack, ready } from "../support/synthesize";

const traced = () => {
  const target: { stack?: string } = {};
  Error.captureStackTrace(target);
  return target.stack;
};

test("it leaves out the traces that are asked for, and no error's", () => {
  withoutCreationStacks(() => {
    expect(traced()).toBeUndefined();
    expect(new Error("wrong").stack).toContain("creation-stacks.test.ts");
  });
  expect(traced()).toContain("creation-stacks.test.ts");
});

test("a construct does so for its own creation only, also where that fails", () => {
  new GcsBackedContainerApp(newStack(), "gallery", ready());
  expect(traced()).toContain("creation-stacks.test.ts");
  const ownBucket = { mounts: [{ path: "/srv", bucket: "demo-project-123-gallery" }] };
  expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...ownBucket })).toThrow("own bucket");
  expect(traced()).toContain("creation-stacks.test.ts");
});
