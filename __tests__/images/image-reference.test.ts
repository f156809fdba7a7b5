import { artifactRepositoryOf, parseImageReference } from "../../lib/images/image-reference";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["nginx", { host: "docker.io", path: "nginx" }],
  ["nginx:1.27", { host: "docker.io", path: "nginx", tag: "1.27" }],
  ["library/nginx", { host: "docker.io", path: "library/nginx" }],
  ["ghcr.io/me/app:v1_2.3-rc", { host: "ghcr.io", path: "me/app", tag: "v1_2.3-rc" }],
  [`ghcr.io/me/app@${DIGEST}`, { host: "ghcr.io", path: "me/app", digest: DIGEST }],
  [`ghcr.io/me/app:1@${DIGEST}`, { host: "ghcr.io", path: "me/app", tag: "1", digest: DIGEST }],
  ["localhost/app", { host: "localhost", path: "app" }],
  ["localhost:5000/app:1", { host: "localhost:5000", path: "app", tag: "1" }],
  ["registry:5000/app", { host: "registry:5000", path: "app" }],
  ["127.0.0.1:5000/a/b/c", { host: "127.0.0.1:5000", path: "a/b/c" }],
  ["a__b/c--d.e", { host: "docker.io", path: "a__b/c--d.e" }],
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
    "us-east1-docker.pkg.dev/my-project/repo/app:1",
    { project: "my-project", location: "us-east1", repository: "repo" },
  ],
  ["europe-docker.pkg.dev/my-project/repo/deep/app", { project: "my-project", location: "europe", repository: "repo" }],
  [
    "us-east1-docker.pkg.dev/example.com/my-project/repo/app",
    { project: "example.com:my-project", location: "us-east1", repository: "repo" },
  ],
])("the repository of %s", (reference, expected) => {
  expect(artifactRepositoryOf(parseImageReference(reference))).toMatchObject(expected);
});

test.each([
  "ghcr.io/me/app",
  "nginx",
  "docker.pkg.dev/a/b/c",
  "us-east1-docker.pkg.dev.example.com/a/b/c",
  "mirror.us-east1-docker.pkg.dev/a/b/c",
])("%s is not in Artifact Registry", (reference) => {
  expect(artifactRepositoryOf(parseImageReference(reference))).toBeUndefined();
});
