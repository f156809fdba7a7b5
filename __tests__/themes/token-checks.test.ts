import { TerraformVariable } from "cdktf";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  LocalGcsBackedContainerApp,
  RestartPolicy,
} from "../../lib";
import { PLAIN_PATH_TOKEN } from "../../lib/checks/plain-text";
import { USER_TOKEN } from "../../lib/token-checks";
import { newLocalStack, readyLocal } from "../support/local";
import { newStack, only, ready, simplest, synthesizeApp, synthesized } from "../support/synthesize";

type Props = Partial<GcsBackedContainerAppProps>;

/** The preconditions of the VM, as what is checked and the expression that is. */
function checked(props: (value: string) => Props): [what: string, expression: string][] {
  const stack = newStack();
  const { stringValue } = new TerraformVariable(stack, "value", {});
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(stringValue) });
  return preconditionsOf(only(synthesized(stack), "google_compute_instance"));
}

function preconditionsOf(resource: { lifecycle?: { precondition: { condition: string; error_message: string }[] } }) {
  return (resource.lifecycle?.precondition ?? []).map(({ condition, error_message: message }): [string, string] => {
    expect(message).toMatch(
      / is not valid: (the VM does not take it: use text without line breaks|Terraform would change it: use text)/,
    );
    return [message.split(" is not valid")[0], /^\$\{can\(regex\("(?:[^"\\]|\\.)*", (.*)\)\)\}$/s.exec(condition)![1]];
  });
}

test("values that are known at synthesis were judged there: nothing is left for Terraform", () => {
  expect(checked(() => simplest())).toEqual([]);
  expect(checked(() => ready())).toEqual([]);
});

test.each<[string, (value: string) => Props, [string, string][]]>([
  ["path", (path) => ({ mounts: [{ path }] }), [["mounts[0].path", 'join("", [var.value])']]],
  [
    "a part of a path",
    (value) => ({ mounts: [{ path: `/srv/${value}` }] }),
    [["mounts[0].path", 'join("", [base64decode("L3Nydi8="), var.value])']],
  ],
  [
    "name of an environment variable",
    (name) => ({ environment: { [name]: "a" } }),
    [["the name of an environment variable", 'join("", [var.value])']],
  ],
  [
    "restartPolicy",
    (value) => ({ restartPolicy: value as RestartPolicy }),
    [["restartPolicy", 'join("", [var.value])']],
  ],
  ["user", (user) => ({ user }), [["user", 'join("", [var.value])']]],
  [
    "prefix",
    (prefix) => ({ mounts: [{ path: "/a", prefix }] }),
    [["the gcsfuse config of mounts[0]", 'join("", [var.value])']],
  ],
  [
    "gcsfuseConfig",
    (value) => ({ mounts: [{ path: "/a", gcsfuseConfig: { "gcs-auth": { "key-file": value } } }] }),
    [["the gcsfuse config of mounts[0]", 'join("", [var.value])']],
  ],
  [
    "bucket of a mount",
    (bucket) => ({ mounts: [{ path: "/a" }, { path: "/b", bucket }] }),
    [["the bucket of mounts[1]", 'join("", [var.value])']],
  ],
  ["existing bucket", (existingBucket) => ({ existingBucket }), [["the bucket of mounts[0]", 'join("", [var.value])']]],
  [
    "image",
    (value) => ({ image: ContainerImage.fromRegistry(value) }),
    [["the image's reference", 'join("", [var.value])']],
  ],
])("%s is judged by Terraform before the VM is changed", (_, props, expected) => {
  expect(checked(props)).toEqual(expected);
});

/** The pattern, in the syntax of JavaScript: what of RE2's is used means the same but for how it writes a code point. */
const asJavaScript = (pattern: string) => new RegExp(pattern.replace(/\\x\{/g, "\\u{"), "u");

test("a user is judged as at synthesis", () => {
  const values = [
    "www-data",
    "1000",
    "0:0",
    "7up:a.b",
    "0010",
    "08",
    "a:00",
    "a:",
    ":a",
    "-a",
    "a b",
    "",
    "007bond",
    "0.",
  ];
  for (const user of values) {
    const isTaken = asJavaScript(USER_TOKEN).test(user);
    const synthesis = expect(() => synthesizeApp({ user }));
    if (isTaken) synthesis.not.toThrow();
    else synthesis.toThrow(/ user ".*" is not valid/);
  }
});

test("a path is judged as at synthesis", () => {
  const valid = ["/a", "/a/b c/ d", "/...", "/..a/.b/c..", "/....", "/. a", "/\u{1f600}/\u65e5"];
  const invalid = [
    "/",
    "",
    "a",
    "/a/",
    "//a",
    "/a//b",
    "/.",
    "/..",
    "/a/..",
    "/a/./b",
    "/../b",
    "/a ",
    "/a/. ",
    "/... ",
  ];
  for (const path of valid) expect(() => synthesizeApp({ mounts: [{ path }] })).not.toThrow();
  for (const path of invalid) expect(() => synthesizeApp({ mounts: [{ path }] })).toThrow(/path ".*" is not valid/);
  expect([...valid, ...invalid].filter((path) => asJavaScript(PLAIN_PATH_TOKEN).test(path))).toEqual(valid);
});

test("what may be any text is judged token by token, for what would join the text around it", () => {
  const value = 'join("", [var.value])';
  expect(
    checked((token) => ({ environment: { A: `a${token}b${token}`, B: "b" }, entrypoint: [token], args: ["a", token] })),
  ).toEqual([
    ["the value of an environment variable", value],
    ["the value of an environment variable", value],
    ["entrypoint[0]", value],
    ["args[1]", value],
  ]);
});

test("the local stack judges the same, and the address of its ports", () => {
  const stack = newLocalStack();
  const { stringValue } = new TerraformVariable(stack, "value", {});
  new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), user: stringValue, hostAddress: stringValue });
  const machine = Object.values(synthesized(stack).resource.docker_container).find(
    ({ name }) => name === "gallery-machine",
  );
  expect(preconditionsOf(machine)).toEqual([
    ["user", 'join("", [var.value])'],
    ["hostAddress", 'join("", [var.value])'],
  ]);
});
