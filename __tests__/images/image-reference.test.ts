import { TerraformVariable } from "cdktf";
import { parseImageReference } from "../../lib/images/image-reference";
import { newStack } from "../support/synthesize";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["nginx", { host: "docker.io", path: ["nginx"] }],
  ["nginx:1.27", { host: "docker.io", path: ["nginx"], tag: "1.27" }],
  ["library/nginx", { host: "docker.io", path: ["library", "nginx"] }],
  ["ghcr.io/me/app:v1_2.3-rc", { host: "ghcr.io", path: ["me", "app"], tag: "v1_2.3-rc" }],
  [`ghcr.io/me/app@${DIGEST}`, { host: "ghcr.io", path: ["me", "app"], digest: DIGEST }],
  [`ghcr.io/me/app:1@${DIGEST}`, { host: "ghcr.io", path: ["me", "app"], tag: "1", digest: DIGEST }],
  ["localhost/app", { host: "localhost", path: ["app"] }],
  ["localhost:5000/app:1", { host: "localhost:5000", path: ["app"], tag: "1" }],
  ["registry:5000/app", { host: "registry:5000", path: ["app"] }],
  ["127.0.0.1:5000/a/b/c", { host: "127.0.0.1:5000", path: ["a", "b", "c"] }],
  ["[::1]:5000/app", { host: "[::1]:5000", path: ["app"] }],
  [`ghcr.io/${"a".repeat(255)}`, { host: "ghcr.io", path: ["a".repeat(255)] }],
  ["docker.io/" + "a".repeat(64), { host: "docker.io", path: ["a".repeat(64)] }],
  ["a__b/c--d.e", { host: "docker.io", path: ["a__b", "c--d.e"] }],
])("%s", (reference, expected) => {
  expect(JSON.parse(JSON.stringify(parseImageReference(reference)))).toEqual(expected);
});

test.each([
  "",
  "/app",
  "app/",
  "a//b",
  "App",
  "app:",
  "app@sha256:0",
  "app tag",
  "app:tag:tag",
  "-a",
  "a_-b",
  `app:${"t".repeat(129)}`,
])("%j is refused", (reference) => {
  expect(() => parseImageReference(reference)).toThrow(/^image .* is not valid: use a reference such as/);
});

test.each([
  [
    "a".repeat(256),
    /^image "a+… \(258 characters\) is not valid: its name has 256 characters: use at most 255, the registry's host not counted$/,
  ],
  ["a".repeat(64), /^image "a+" is not valid: it is an image's id, which only the engine that has the image knows$/],
])("%s is refused as Docker refuses it", (reference, message) => {
  expect(() => parseImageReference(reference)).toThrow(message);
});

test.each([undefined, null, 5, {}])("%j is refused by the prop's name", (reference) => {
  expect(() => parseImageReference(reference as never, "baseImage")).toThrow(
    /^baseImage .* is not valid: use a reference/,
  );
});

describe("of a reference with unresolved tokens, what is known", () => {
  const parse = (reference: (token: string) => string) => {
    const token = new TerraformVariable(newStack(), "text", {}).stringValue;
    const { host, path } = parseImageReference(reference(token));
    return [host, path.join("/")];
  };
  test.each<[string, (token: string) => string, [string?, string?]]>([
    ["tag", (t) => `us-docker.pkg.dev/p/r/app:${t}`, ["us-docker.pkg.dev", "p/r/app"]],
    ["part of the tag", (t) => `us-docker.pkg.dev/p/r/app:v${t}-${t}`, ["us-docker.pkg.dev", "p/r/app"]],
    ["digest", (t) => `us-docker.pkg.dev/p/r/app@${t}`, ["us-docker.pkg.dev", "p/r/app"]],
    ["digest's sum", (t) => `us-docker.pkg.dev/p/r/app@sha256:${t}`, ["us-docker.pkg.dev", "p/r/app"]],
    ["tag and digest", (t) => `us-docker.pkg.dev/p/r/app:${t}@${t}`, ["us-docker.pkg.dev", "p/r/app"]],
    ["image", (t) => `us-docker.pkg.dev/p/r/${t}`, ["us-docker.pkg.dev", "p/r"]],
    ["end of the image", (t) => `us-docker.pkg.dev/p/r/app${t}`, ["us-docker.pkg.dev", "p/r"]],
    ["project", (t) => `us-docker.pkg.dev/${t}/r/app:1`, ["us-docker.pkg.dev", ""]],
    ["host", (t) => `${t}/p/r/app:1`, [undefined, ""]],
    ["part of the host", (t) => `${t}-docker.pkg.dev/p/r/app:1`, [undefined, ""]],
    ["port", (t) => `localhost:${t}/app`, [undefined, ""]],
    ["all", (t) => t, [undefined, ""]],
    ["Docker Hub's tag", (t) => `nginx:${t}`, ["docker.io", "nginx"]],
    ["end of what may be a host", (t) => `nginx${t}`, [undefined, ""]],
  ])("%s", (_, reference, expected) => {
    expect(parse(reference)).toEqual(expected);
  });
});
