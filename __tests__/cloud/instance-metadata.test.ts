import { instanceMetadata } from "../../lib/cloud/instance-metadata";
import { MachineOptions } from "../../lib";
import { resolveMachine } from "../../lib/props/machine-options";

const KIB = 1024;
const metadataOf = (text: string, options: MachineOptions) => instanceMetadata(text, resolveMachine(options));
const userData = (bytes: number) => "x".repeat(bytes);

test("a value may have 256 KiB, and not one byte more", () => {
  expect(() => metadataOf(userData(256 * KIB), {})).not.toThrow();
  expect(() => metadataOf(userData(256 * KIB + 1), {})).toThrow(
    new Error(
      'the metadata value "user-data" has 262145 bytes and can have 262144: give the app less environment, shorter entrypoint and args, or fewer mounts',
    ),
  );
});

test("bytes are counted, not characters", () => {
  expect(() => metadataOf("é".repeat(128 * KIB + 1), {})).toThrow(/has 262146 bytes/);
});

test("the payload is counted as it arrives, without Terraform's escapes", () => {
  expect(() => metadataOf(`$\${${userData(256 * KIB - 2)}`, {})).not.toThrow();
  expect(() => metadataOf(`%%{${userData(256 * KIB - 1)}`, {})).toThrow(/has 262145 bytes/);
});

test("all keys and values together may have 512 KiB", () => {
  const own = Object.entries(metadataOf("", {})).join("").replace(/,/g, "").length;
  const rest = 256 * KIB - own - "big".length;
  const metadata = (bytes: number) => () => metadataOf(userData(256 * KIB), { metadata: { big: userData(bytes) } });
  expect(metadata(rest)).not.toThrow();
  expect(metadata(rest + 1)).toThrow(/^the VM's metadata has 524289 bytes and can have 524288: give less metadata$/);
});

test("a key may have 128 characters", () => {
  expect(metadataOf("", { metadata: { ["k".repeat(128)]: "v" } })).toHaveProperty("k".repeat(128), "v");
});

test("what looks like a template to Terraform arrives as it is", () => {
  const metadata = { "startup-script": 'echo "${HOME}" %{x}' };
  expect(metadataOf("", { metadata })["startup-script"]).toBe('echo "$${HOME}" %%{x}');
});

test("a key that only objects inherit is as good as any", () => {
  expect(metadataOf("", { metadata: { constructor: "x" } })).toHaveProperty("constructor", "x");
});
