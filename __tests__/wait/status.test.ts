import { createHash } from "node:crypto";
import { hashOf, parseStatus } from "../../lib/wait/status";

const version = { declaration: "a", userData: "b" };
const STATUS = {
  running: version,
  wanted: version,
  app: { state: "live", message: "" },
  update: { state: "none", message: "" },
};

test("a status is read as it is", () => {
  expect(parseStatus(JSON.stringify({ ...STATUS, newer: 1 }))).toEqual({ ...STATUS, newer: 1 });
});

test("with the parts beside the app, where there are any", () => {
  const status = { ...STATUS, parts: { "sidecar-db": { state: "live", message: "" } } };
  expect(parseStatus(JSON.stringify(status))).toEqual(status);
});

test.each([
  "",
  "{",
  "null",
  "1",
  "[]",
  '{"app":{"state":"live","message":""},"update":{"state":"none","message":""}}',
  JSON.stringify({ ...STATUS, running: null }),
  JSON.stringify({ ...STATUS, wanted: { declaration: "a" } }),
  JSON.stringify({ ...STATUS, app: "live" }),
  JSON.stringify({ ...STATUS, update: { state: 1, message: "" } }),
  JSON.stringify({ ...STATUS, parts: { "sidecar-db": { state: "live" } } }),
  JSON.stringify({ ...STATUS, parts: "live" }),
])("%s is no status", (text) => {
  expect(parseStatus(text)).toBeUndefined();
});

test("a value is hashed as its bytes in UTF-8, as sha256sum does on the VM", () => {
  expect(hashOf("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hashOf("ü\u{1f600}\n")).toBe(createHash("sha256").update(Buffer.from("ü\u{1f600}\n", "utf8")).digest("hex"));
  expect(hashOf(undefined)).toBe("");
});
