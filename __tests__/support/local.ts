import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { LocalGcsBackedContainerApp, LocalGcsBackedContainerAppProps } from "../../lib";
import { ready, Synthesized, synthesized } from "./synthesize";

/** What must be given, with no image of the app's to build. */
export function readyLocal(): LocalGcsBackedContainerAppProps {
  const { image, gcsfuse, mounts } = ready();
  return { image, gcsfuse, mounts };
}

/** A stack without a google provider. */
export function newLocalStack(): TerraformStack {
  const stack = new TerraformStack(Testing.app(), "local");
  new DockerProvider(stack, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());
  return stack;
}

export function localApp(props: Partial<LocalGcsBackedContainerAppProps> = {}): LocalGcsBackedContainerApp {
  return new LocalGcsBackedContainerApp(newLocalStack(), "gallery", { ...readyLocal(), ...props });
}

/** The stack that `define` fills. */
export function synthesizeLocal(define: (stack: TerraformStack) => void): Synthesized {
  const stack = newLocalStack();
  define(stack);
  return synthesized(stack);
}

/** The stack with one app: what needs no image of the app's built, and the given props. */
export function synthesizeLocalApp(props: Partial<LocalGcsBackedContainerAppProps> = {}): Synthesized {
  return synthesizeLocal((stack) => new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), ...props }));
}

/** The resource of a type that has this name outside of Terraform. */
export function named(stack: Synthesized, type: string, name: string) {
  const found = Object.values(stack.resource[type] ?? {}).filter((resource) => resource.name === name);
  expect(found).toHaveLength(1);
  return found[0];
}

/** The files that the machine is given, by their names in the config folder. */
export function uploadsOf(stack: Synthesized, name = "gallery"): { [file: string]: string } {
  const uploads: { file: string; content: string }[] = named(stack, "docker_container", `${name}-machine`).upload;
  return Object.fromEntries(
    uploads.map(({ file, content }) => [file.replace("/etc/gcs-backed-container-app/", ""), content]),
  );
}
