import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { ready, simplest } from "../support/synthesize";

function synthesizeWith(providers: ("google" | "docker")[], props: GcsBackedContainerAppProps): () => void {
  const app = Testing.app();
  const stack = new TerraformStack(app, "cloud");
  new GcsBackedContainerApp(stack, "gallery", props);
  if (providers.includes("google")) {
    new GoogleProvider(stack, "google", {});
  }
  if (providers.includes("docker")) {
    new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack, "us-east1-b"));
  }
  return () => app.synth();
}

const GOOGLE =
  'stack "cloud" has no google provider: add new GoogleProvider(stack, "google", { project, zone }) from @cdktf/provider-google/lib/provider/index.js';
const DOCKER =
  'stack "cloud" has no docker provider: it builds and pushes images for "gallery"; add new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack)) from @cdktf/provider-docker/lib/provider/index.js, or give ready images with ContainerImage.fromRegistry for both image and gcsfuse.image';

test("without the google provider", () => {
  expect(synthesizeWith(["docker"], simplest())).toThrow(new Error(GOOGLE));
});

test("without the docker provider", () => {
  expect(synthesizeWith(["google"], simplest())).toThrow(new Error(DOCKER));
});

test("without the docker provider, where only gcsfuse's image is built", () => {
  expect(synthesizeWith(["google"], { ...ready(), gcsfuse: undefined })).toThrow(new Error(DOCKER));
});

test("without both", () => {
  expect(synthesizeWith([], simplest())).toThrow(new Error(`${GOOGLE}\n${DOCKER}`));
});

test("with both", () => {
  expect(synthesizeWith(["google", "docker"], simplest())).not.toThrow();
});

test("ready images need no docker provider", () => {
  expect(synthesizeWith(["google"], ready())).not.toThrow();
});

test("another stack's provider does not count", () => {
  const app = Testing.app();
  new GoogleProvider(new TerraformStack(app, "other"), "google", {});
  new GcsBackedContainerApp(new TerraformStack(app, "cloud"), "gallery", ready());
  expect(() => app.synth()).toThrow(new Error(GOOGLE));
});

test("a test of one's own needs no provider", () => {
  expect(() => Testing.synthScope((scope) => new GcsBackedContainerApp(scope, "gallery", ready()))).not.toThrow();
});
