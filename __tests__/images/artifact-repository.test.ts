import { artifactRegistrySource } from "../../lib/images/artifact-repository";

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
  // As Artifact Registry serves Container Registry's hosts.
  ["gcr.io/my-project/app:1", { project: "my-project", location: "us", repository: "gcr.io" }],
  ["us.gcr.io/my-project/deep/app", { project: "my-project", location: "us", repository: "us.gcr.io" }],
  ["eu.gcr.io/my-project/app", { project: "my-project", location: "europe", repository: "eu.gcr.io" }],
  [
    "asia.gcr.io/example.com/my-project/app",
    { project: "example.com:my-project", location: "asia", repository: "asia.gcr.io" },
  ],
])("the repository of %s", (reference, repository) => {
  expect(artifactRegistrySource(reference)).toEqual({ host: reference.split("/")[0], repository });
});

test.each([
  "ghcr.io/me/app",
  "nginx",
  "docker.pkg.dev/a/b/c",
  "us-east1-docker.pkg.dev.example.com/a/b/c",
  "mirror.us-east1-docker.pkg.dev/a/b/c",
  "mirror.gcr.io/library/nginx",
  "k8s.gcr.io/pause",
  "constructor/a/b",
])("%s is not in Artifact Registry", (reference) => {
  expect(artifactRegistrySource(reference)).toBeUndefined();
});

test.each([
  "us-docker.pkg.dev/example.com/my-project/repo",
  "us-docker.pkg.dev/a/b",
  "us-docker.pkg.dev/a",
  "us-docker.pkg.dev/example.com",
])("%s names no image of a repository", (reference) => {
  expect(() => artifactRegistrySource(reference)).toThrow(
    new Error(
      `image "${reference}" is not valid: use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE for an image in Artifact Registry`,
    ),
  );
});

test.each(["gcr.io/my-project", "gcr.io/example.com/my-project"])("%s names no image of a project", (reference) => {
  expect(() => artifactRegistrySource(reference)).toThrow(
    new Error(`image "${reference}" is not valid: use gcr.io/PROJECT/IMAGE`),
  );
});
