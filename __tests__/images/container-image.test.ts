import { TerraformVariable } from "cdktf";
import { ContainerImage, GcsBackedContainerApp, RegistryImageOptions } from "../../lib";
import { declarationOf } from "../support/declaration";
import { folderWith } from "../support/folder";
import { localApp } from "../support/local";
import { APP_FOLDER, only, ready, simplest, synthesize, synthesizeApp } from "../support/synthesize";

const OWN = "us-east1-docker.pkg.dev/demo-project-123/tools/app:1.2";
const OTHER = "europe-docker.pkg.dev/other-project/tools/app:1.2";

const grants = (reference: string, options?: RegistryImageOptions) => {
  const stack = synthesizeApp({ image: ContainerImage.fromRegistry(reference, options) });
  return Object.values(stack.resource.google_artifact_registry_repository_iam_member ?? {}).map(
    ({ project, location, repository, role }) => [project, location, repository, role],
  );
};
const credentialHelpers = (reference: string) => {
  return declarationOf(synthesizeApp({ image: ContainerImage.fromRegistry(reference) })).registries;
};

test("an image of the project's own Artifact Registry is granted to be pulled", () => {
  expect(grants(OWN)).toEqual([["demo-project-123", "us-east1", "tools", "roles/artifactregistry.reader"]]);
  expect(grants(OWN, { grantPull: false })).toEqual([]);
});

test("one under Container Registry's host is in the repository of Artifact Registry that serves it", () => {
  expect(grants("gcr.io/demo-project-123/app:1.2")).toEqual([
    ["demo-project-123", "us", "gcr.io", "roles/artifactregistry.reader"],
  ]);
  expect(grants("gcr.io/distroless/static:1.2")).toEqual([]);
  expect(credentialHelpers("eu.gcr.io/demo-project-123/app:1.2")).toEqual(["eu.gcr.io"]);
  expect(() => localApp({ image: ContainerImage.fromRegistry("gcr.io/undefined/app:1.2") })).not.toThrow();
});

describe("one whose tag or digest is an unresolved token", () => {
  const synthesizeWith = (reference: (token: string) => string, options?: RegistryImageOptions) =>
    synthesize((stack) => {
      const token = new TerraformVariable(stack, "version", {}).stringValue;
      const image = ContainerImage.fromRegistry(reference(token), options);
      new GcsBackedContainerApp(stack, "gallery", { ...ready(), image });
    });

  test.each<[string, (token: string) => string]>([
    ["tag", (token) => `us-east1-docker.pkg.dev/demo-project-123/tools/app:${token}`],
    ["digest", (token) => `us-east1-docker.pkg.dev/demo-project-123/tools/app@${token}`],
    ["image", (token) => `us-east1-docker.pkg.dev/demo-project-123/tools/${token}`],
  ])("%s: it is granted, logged in to and enabled as with a literal one", (_, reference) => {
    const stack = synthesizeWith(reference);
    expect(only(stack, "google_artifact_registry_repository_iam_member")).toMatchObject({
      project: "demo-project-123",
      location: "us-east1",
      repository: "tools",
    });
    expect(declarationOf(stack).registries).toEqual(["us-east1-docker.pkg.dev"]);
    const services = Object.values(stack.resource.google_project_service).map(({ service }) => service);
    expect(services).toContain("artifactregistry.googleapis.com");
  });

  test("project: it is logged in to, and nothing can be granted", () => {
    const stack = synthesizeWith((token) => `us-east1-docker.pkg.dev/${token}/tools/app:1`, { grantPull: true });
    expect(stack.resource.google_artifact_registry_repository_iam_member).toBeUndefined();
    expect(declarationOf(stack).registries).toEqual(["us-east1-docker.pkg.dev"]);
  });
});

test("one of another project's is granted only if that was asked for", () => {
  expect(grants(OTHER)).toEqual([]);
  expect(grants(OTHER, { grantPull: true })).toEqual([
    ["other-project", "europe", "tools", "roles/artifactregistry.reader"],
  ]);
});

test("one of another registry needs no grant", () => {
  expect(grants("ghcr.io/me/app:1.2")).toEqual([]);
});

test("two images of one repository need one grant", () => {
  const image = ContainerImage.fromRegistry(OWN);
  const stack = synthesizeApp({
    image,
    gcsfuse: { image: ContainerImage.fromRegistry(OWN.replace("app", "gcsfuse")) },
  });
  expect(Object.keys(stack.resource.google_artifact_registry_repository_iam_member)).toHaveLength(1);
});

test("the machine's identity is shown to the registries in use, and to no other", () => {
  expect(credentialHelpers(OWN)).toEqual(["us-east1-docker.pkg.dev"]);
  expect(credentialHelpers("ghcr.io/me/app:1.2")).toEqual([]);
});

describe("an image that is built here", () => {
  const built = (options = {}) =>
    synthesizeApp({ image: ContainerImage.fromDirectory(APP_FOLDER, options), labels: { team: "web" } });

  test("is named by the hash of its folder, pushed by the same name, and never deleted", () => {
    const image = only(built(), "docker_image");
    const pushed = only(built(), "docker_registry_image");
    expect(image.name).toMatch(/^us-east1-docker\.pkg\.dev\/demo-project-123\/gallery\/app:[0-9a-f]{32}$/);
    expect(pushed.name).toBe(image.name);
    expect(image.keep_locally).toBe(true);
    expect(pushed.keep_remotely).toBe(true);
    expect(pushed.depends_on).toContain(`docker_image.${Object.keys(built().resource.docker_image)[0]}`);
  });

  test("is what the declaration names, by a tag that is known before Terraform runs", () => {
    const stack = built();
    const { depends_on: dependsOn } = only(stack, "google_compute_instance");
    expect(declarationOf(stack).image).toBe(only(stack, "docker_image").name);
    expect(dependsOn).toContain(`docker_registry_image.${Object.keys(stack.resource.docker_registry_image)[0]}`);
  });

  test("is built for the machine's platform, from a copy beside the stack", () => {
    const { build } = only(built(), "docker_image");
    expect(build).toMatchObject({ platform: "linux/amd64", dockerfile: expect.stringMatching(/(^|\/)Dockerfile$/) });
    expect(build.context).toMatch(/^assets\/[^/]+\/[0-9a-f]{32}$/);
  });

  test("is built with its arguments and its stage", () => {
    const { build } = only(built({ buildArgs: { VERSION: "1" }, target: "production" }), "docker_image");
    expect(build).toMatchObject({ build_args: { VERSION: "1" }, target: "production" });
  });

  test("is built with what Terraform would take for a template as it is", () => {
    const folder = folderWith({ "${x}/Dockerfile": "FROM scratch\n" });
    const options = { dockerfile: "${x}/Dockerfile", target: "a%{b}", builder: "${c}", buildArgs: { A: "${d}" } };
    const { build } = only(synthesizeApp({ image: ContainerImage.fromDirectory(folder, options) }), "docker_image");
    expect(build).toMatchObject({ target: "a%%{b}", builder: "$${c}", build_args: { A: "$${d}" } });
    expect(build.dockerfile).toMatch(/^assets\/[^$]+\/\$\$\{x\}\/Dockerfile$/);
  });

  test("is built by the builder that was named, or by the engine's own endpoint", () => {
    expect(only(built({ builder: "big" }), "docker_image").build.builder).toBe("big");
    const { build } = only(built({ builder: "" }), "docker_image");
    expect([build.builder, build.dockerfile]).toEqual([undefined, "Dockerfile"]);
  });

  test("is in a repository of its own, which the app's account can read", () => {
    const stack = built();
    expect(only(stack, "google_artifact_registry_repository")).toMatchObject({
      format: "DOCKER",
      location: "us-east1",
      repository_id: "gallery",
      labels: { app: "gallery", team: "web" },
    });
    expect(only(stack, "google_artifact_registry_repository_iam_member").role).toBe("roles/artifactregistry.reader");
  });

  test("of a domain-scoped project is in a folder of the domain", () => {
    const stack = synthesizeApp({ ...simplest(), project: "example.com:my-project", gcsfuse: undefined });
    for (const { name } of Object.values(stack.resource.docker_image)) {
      expect(name).toMatch(/^us-east1-docker\.pkg\.dev\/example\.com\/my-project\/gallery\//);
    }
  });
});
