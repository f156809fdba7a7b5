/** Names that every object of JavaScript has something for, where a stack may have any name. */
import { changePage } from "../../lib/review/page/change-page";
import { exactDifferences } from "../../lib/review/read/differences";
import { own } from "../../lib/review/read/json";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, CloudStack, cloudStack, theOnly } from "../support/review";

const NAMES = ["constructor", "toString", "hasOwnProperty", "__proto__", "valueOf"];

/** An object with a key of its own, as JSON has it. */
const withKey = (key: string, value: unknown) => JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`);

/** A stack with the name wherever it may have one. */
const named = (name: string): CloudStack => ({
  declared: { environment: withKey(name, "set"), restartPolicy: name as "no" },
  edit: ({ resource }) => {
    const vm = theOnly({ resource }, "google_compute_instance");
    vm.metadata = { ...vm.metadata, ...withKey(name, "set") };
    vm.labels = withKey(name, "set");
    resource.google_project_iam_member.mine = { project: "p", role: name, member: `user:${name}` };
    resource.google_storage_bucket_access_control = { mine: { bucket: "b", role: name, entity: name } };
    resource[`google_${name}_iam_member`] = { mine: { role: name, member: name } };
    Object.defineProperty(resource, name, { value: { mine: { [`x${name}`]: name } }, enumerable: true });
  },
});

describe.each(NAMES)("%s", (name) => {
  test("is shown as any other name", () => {
    const text = markdown(stackPage(cloudStack(named(name)), "cloud"));
    expect(text).toContain(`| \`${name}\` | \`set\` |`);
    expect(text).not.toMatch(/native code|\[object|undefined/);
  });

  test.each([
    ["appears", {}, named(name), [undefined, "set"]],
    ["is gone", named(name), {}, ["set", undefined]],
  ])("%s as any other name", (_, before, after, sides) => {
    const comparison = change(before, after);
    const variable = comparison.apps[0].changes.find(({ what }) => what === "environment variable");
    expect([variable?.name, variable?.before, variable?.after]).toEqual([name, ...sides]);
    const text = markdown(changePage(comparison, cloudStack(after), "cloud"));
    expect(text).not.toMatch(/native code|\[object|undefined/);
  });

  test("differs where only one side has it", () => {
    expect(exactDifferences({ a: 1 }, { a: 1, ...withKey(name, { b: 2 }) })).toEqual([
      { path: [name], before: undefined, after: { b: 2 } },
    ]);
    expect(own({}, name)).toBeUndefined();
    expect(own(withKey(name, 1), name)).toBe(1);
  });
});

test("a mount without a config, as another version may declare it, is one with an empty config", () => {
  const bare = { path: "/srv/a", bucket: "photos", readOnly: false };
  const declared = { mounts: [bare, {}, { ...bare, path: "/srv/b", gcsfuseConfig: null }] } as never;
  expect(markdown(stackPage(cloudStack({ declared }), "cloud"))).toContain("`/srv/a`");
  for (const [before, after] of [
    [{}, { declared }],
    [{ declared }, {}],
    [{ declared }, { declared: { mounts: [{ ...bare, gcsfuseConfig: { "only-dir": "x" } }] } }],
  ]) {
    expect(() => changePage(change(before, after), cloudStack(after), "cloud")).not.toThrow();
  }
});
