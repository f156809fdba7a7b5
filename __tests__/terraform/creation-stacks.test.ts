import { GcsBackedContainerApp } from "../../lib";
import { pauseCreationStacks } from "../../lib/terraform/creation-stacks";
import { newStack, ready } from "../support/synthesize";

const traced = () => {
  const target: { stack?: string } = {};
  Error.captureStackTrace(target);
  return target.stack;
};

test("a pause leaves out the traces that are asked for, and no error's", () => {
  const resume = pauseCreationStacks();
  try {
    expect(traced()).toBeUndefined();
    expect(new Error("wrong").stack).toContain("creation-stacks.test.ts");
  } finally {
    resume();
  }
  expect(traced()).toContain("creation-stacks.test.ts");
});

test("a construct pauses them for its own making only, also where that fails", () => {
  new GcsBackedContainerApp(newStack(), "gallery", ready());
  expect(traced()).toContain("creation-stacks.test.ts");
  const ownBucket = { mounts: [{ path: "/srv", bucket: "demo-project-123-gallery" }] };
  expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...ownBucket })).toThrow("own bucket");
  expect(traced()).toContain("creation-stacks.test.ts");
});
