/** Synthesized stacks for the tests of the review, as the library writes them. */
import { TerraformStack } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { Declaration } from "../../lib/boot/declaration";
import { compareStacks, Comparison } from "../../lib/review/comparison";
import { readStack } from "../../lib/review/read-stack";
import { Stack } from "../../lib/review/stack";
import { named, synthesizeLocalApp } from "./local";
import { READY_IMAGE, ready, synthesize } from "./synthesize";

// The shape of a resource is its provider's business.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type StackJson = any;

export const USER_DATA = "assets/app_machine_user-data_1A2B3C4D/5E6F/user-data";

export const declaration = (changes: Partial<Declaration> = {}): Declaration => ({
  schemaVersion: 1,
  image: READY_IMAGE,
  environment: {},
  restartPolicy: "on-failure",
  stopTimeoutSeconds: 30,
  startTimeoutSeconds: 300,
  ports: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
  mounts: [{ path: "/srv/app/uploads", bucket: "BUCKET", readOnly: false, gcsfuseConfig: { "implicit-dirs": true } }],
  gcsfuse: { image: "ghcr.io/me/gcsfuse:1", privileged: false },
  metadataServerAccess: false,
  registries: [],
  ...changes,
});

export interface CloudStack {
  readonly props?: Partial<GcsBackedContainerAppProps>;
  readonly declared?: Partial<Declaration>;
  /** What else is in the stack. */
  readonly define?: (stack: TerraformStack) => void;
  /** What is changed in the JSON by hand. */
  readonly edit?: (stack: StackJson) => void;
}

const synthesizeWith = (props: Partial<GcsBackedContainerAppProps>, define?: CloudStack["define"]): StackJson =>
  synthesize((scope) => {
    new GcsBackedContainerApp(scope, "gallery", { ...ready(), ...props });
    define?.(scope);
  });

const known = new Map<string, string>();

/** A stack of its own each time, of what is synthesized once. */
function onceSynthesized(props: Partial<GcsBackedContainerAppProps>): StackJson {
  const key = JSON.stringify(props);
  const text = known.get(key) ?? JSON.stringify(synthesizeWith(props));
  known.set(key, text);
  return JSON.parse(text);
}

/** The stack of one app. Its declaration is put in by hand: it does not come from the props. */
export function cloudJson({ props = {}, declared, define, edit }: CloudStack = {}): StackJson {
  const stack = define === undefined ? onceSynthesized(props) : synthesizeWith(props, define);
  const [id, vm] = Object.entries<StackJson>(stack.resource.google_compute_instance)[0];
  const bucket = Object.keys(stack.resource.google_storage_bucket ?? {}).find((name) => name.startsWith("gallery_"));
  const text = JSON.stringify(declaration(declared)).replace(
    /"BUCKET"/g,
    JSON.stringify(bucket === undefined ? "shared-files" : `\${google_storage_bucket.${bucket}.name}`),
  );
  stack.locals = { [`${id}_declaration`]: JSON.parse(text) };
  vm.metadata["gcs-backed-container-app"] = `\${jsonencode(local.${id}_declaration)}`;
  vm.metadata["user-data"] = `\${file("${USER_DATA}")}`;
  edit?.(stack);
  return stack;
}

export function cloudStack(options?: CloudStack): Stack {
  return readStack(JSON.stringify(cloudJson(options)), "cdk.tf.json");
}

/** The stack of a local app. Its declaration is put in by hand as well. */
export function localStack(
  hostAddress: string | undefined = "127.0.0.1",
  declared: Partial<Declaration> = {},
  edit: (machine: StackJson, stack: StackJson) => void = () => undefined,
): Stack {
  const stack: StackJson = synthesizeLocalApp();
  const machine = named(stack, "docker_container", "gallery-machine");
  machine.upload.push({
    file: "/etc/gcs-backed-container-app/declaration.json",
    content: "${jsonencode(local.gallery_machine_declaration)}",
  });
  const mounts = [{ path: "/srv/app/uploads", bucket: "gallery", readOnly: false, gcsfuseConfig: {} }];
  const ports = [{ hostAddress, containerPort: 80, hostPort: 8080, protocol: "tcp" as const }];
  stack.locals = { gallery_machine_declaration: declaration({ ports, mounts, ...declared }) };
  edit(machine, stack);
  return readStack(JSON.stringify(stack), "cdk.tf.json");
}

/** What the change from one stack to another does. */
export function change(before: CloudStack, after: CloudStack): Comparison {
  return compareStacks(cloudStack(before), cloudStack(after));
}

/** The only resource of a type in a stack's JSON. */
export function theOnly(stack: StackJson, type: string): StackJson {
  const all = Object.values<StackJson>(stack.resource[type]);
  expect(all).toHaveLength(1);
  return all[0];
}

export function resourceNamed(stack: StackJson, type: string, part: string): StackJson {
  const [, found] = Object.entries<StackJson>(stack.resource[type]).find(([id]) => id.includes(part))!;
  return found;
}
