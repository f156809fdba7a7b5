import { readFileSync } from "node:fs";
import { join } from "node:path";
import { instanceMetadata } from "../../lib/cloud/instance-metadata";
import { MachineOptions } from "../../lib";
import { resolveMachine } from "../../lib/props/machine-options";

const KIB = 1024;
const metadataOf = (sizeBytes: number, options: MachineOptions = {}) =>
  instanceMetadata(resolveMachine(options), {
    declaration: { expression: "DECLARATION", sizeBytes },
    userData: "USER-DATA",
  });
const text = (bytes: number) => "x".repeat(bytes);

test("what the VM runs, and what runs it, are keys of their own", () => {
  expect(metadataOf(0)).toMatchObject({ "gcs-backed-container-app": "DECLARATION", "user-data": "USER-DATA" });
});

test("a value may have 256 KiB, and not one byte more", () => {
  expect(() => metadataOf(256 * KIB)).not.toThrow();
  expect(() => metadataOf(256 * KIB + 1)).toThrow(
    new Error(
      'the metadata value "gcs-backed-container-app" has 262145 bytes and can have 262144: give the app less environment, shorter entrypoint and args, or fewer mounts',
    ),
  );
  expect(() => metadataOf(0, { metadata: { big: text(256 * KIB) } })).not.toThrow();
  expect(() => metadataOf(0, { metadata: { big: text(256 * KIB + 1) } })).toThrow(
    new Error('the metadata value "big" has 262145 bytes and can have 262144: give less metadata'),
  );
});

test("bytes are counted, not characters", () => {
  expect(() => metadataOf(0, { metadata: { big: "é".repeat(128 * KIB + 1) } })).toThrow(/has 262146 bytes/);
});

test("all keys and values together may have 512 KiB, of which the construct's own are counted as 192", () => {
  const rest = 64 * KIB - "gcs-backed-container-app".length - "big".length;
  const metadata = (bytes: number) => () => metadataOf(256 * KIB, { metadata: { big: text(bytes) } });
  expect(metadata(rest)).not.toThrow();
  expect(metadata(rest + 1)).toThrow(/^the VM's metadata has 524289 bytes and can have 524288: give less metadata$/);
});

test("a key may have 128 characters", () => {
  expect(metadataOf(0, { metadata: { ["k".repeat(128)]: "v" } })).toHaveProperty("k".repeat(128), "v");
});

test("what looks like a template to Terraform arrives as it is", () => {
  const metadata = { "startup-script": 'echo "${HOME}" %{x}' };
  expect(metadataOf(0, { metadata })["startup-script"]).toBe('echo "$${HOME}" %%{x}');
});

test("a key that only objects inherit is as good as any", () => {
  expect(metadataOf(0, { metadata: { constructor: "x" } })).toHaveProperty("constructor", "x");
});

const OWN = [...Object.keys(metadataOf(0)), "user-data-encoding"];

test.each(OWN)("key %s is the construct's own", (key) => {
  expect(() => metadataOf(0, { metadata: { [key]: "x" } })).toThrow(
    new Error(`metadata key "${key}" is not valid: leave it out: the construct sets ${OWN.join(", ")} itself`),
  );
});

test("the construct's own keys are documented", () => {
  const documented = readFileSync(join(__dirname, "../../lib/props/machine-options.ts"), "utf8")
    .replace(/\s+\*\s+/g, " ")
    .split("Further instance metadata.")[1]
    .split("@default")[0];
  expect([...documented.matchAll(/`(.*?)`/g)].map(([, key]) => key)).toEqual(OWN);
});
