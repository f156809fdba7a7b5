import { DockerProvider, DockerProviderRegistryAuth } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { Construct, IConstruct } from "constructs";
import { join } from "node:path";
import { ContainerImage, GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { withoutCreationStacks } from "../../lib/terraform/creation-stacks";

/** A reference with a digest: ready, and without any warning. */
export const READY_IMAGE = `ghcr.io/me/gallery@sha256:${"0".repeat(64)}`;
export const GCSFUSE_IMAGE = `ghcr.io/me/gcsfuse@sha256:${"1".repeat(64)}`;

/** A folder with a Dockerfile. */
export const APP_FOLDER = join(__dirname, "../fixtures/app");

/** What must be given, with an image to build. */
export const simplest = (): GcsBackedContainerAppProps => ({
  project: "demo-project-123",
  zone: "us-east1-b",
  image: ContainerImage.fromDirectory(APP_FOLDER),
  mounts: [{ path: "/srv/app/uploads" }],
});

/** What must be given, with nothing to build. */
export const ready = (): GcsBackedContainerAppProps => ({
  ...simplest(),
  image: ContainerImage.fromRegistry(READY_IMAGE),
  gcsfuse: { image: ContainerImage.fromRegistry(GCSFUSE_IMAGE) },
});

/** Terraform's JSON, as far as the tests look into it. */
export interface Synthesized {
  // The shape of a resource is its provider's business.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly resource: { [type: string]: { [name: string]: any } };
  readonly provider?: { [name: string]: unknown[] };
  readonly locals?: { [name: string]: unknown };
}

export function newStack(id = "cloud", app = Testing.app()): TerraformStack {
  const stack = new TerraformStack(app, id);
  new GoogleProvider(stack, "google", { project: "demo-project-123" });
  new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack, "us-east1-b"));
  return stack;
}

/** Lets the stack push images in the regions of these zones, and in no other. */
export function logInTo(stack: TerraformStack, ...zones: string[]): void {
  const docker = stack.node.findChild("docker") as DockerProvider;
  docker.registryAuth = zones.flatMap((zone) => {
    const { registryAuth } = GcsBackedContainerApp.dockerProviderConfig(stack, zone);
    return registryAuth as DockerProviderRegistryAuth[];
  });
}

export function synthesized(stack: TerraformStack): Synthesized {
  // jest makes each of them several times as slow.
  return JSON.parse(withoutCreationStacks(() => Testing.synth(stack, true)));
}

/** The stack that `define` fills. */
export function synthesize(define: (stack: TerraformStack) => void): Synthesized {
  const stack = newStack();
  define(stack);
  return synthesized(stack);
}

/** The stack with one app: what needs nothing built, and the given props. */
export function synthesizeApp(props: Partial<GcsBackedContainerAppProps> = {}, id = "gallery"): Synthesized {
  return synthesize((stack) => new GcsBackedContainerApp(stack, id, { ...ready(), ...props }));
}

/** The only resource of a type. */
export function only(stack: Synthesized, type: string) {
  const all = Object.values(stack.resource[type] ?? {});
  expect(all).toHaveLength(1);
  return all[0];
}

/** Every address, as Terraform writes it. */
export function addresses(stack: Synthesized): string[] {
  return Object.entries(stack.resource)
    .flatMap(([type, resources]) => Object.keys(resources).map((name) => `${type}.${name}`))
    .sort();
}

/** The warnings and notes that a person sees at synthesis. */
export function annotations(define: (stack: TerraformStack) => void): string[] {
  const stack = newStack();
  define(stack);
  return messagesOf(stack);
}

function messagesOf(root: Construct): string[] {
  return root.node
    .findAll()
    .flatMap((node: IConstruct) => node.node.metadata)
    .filter(({ type }) => type.startsWith("@cdktf/"))
    .map(({ data }) => data);
}
