/** Synthesized stacks for the tests of the review, as the library writes them. */
import { TerraformStack } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { Declaration } from "../../lib/boot/declaration";
import { compareStacks } from "../../lib/review/changes/compare";
import { Comparison } from "../../lib/review/changes/comparison";
import { GATES, gatesHit } from "../../lib/review/changes/gates";
import { readStack } from "../../lib/review/read/read-stack";
import { Stack } from "../../lib/review/read/stack";
import { named, synthesizeLocalApp } from "./local";
import { READY_IMAGE, ready, synthesize } from "./synthesize";

// The shape of a resource is its provider's business.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type StackJson = any;

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

/** The stack of one app. `declared` changes its declaration by hand. */
export function cloudJson({ props = {}, declared = {}, define, edit }: CloudStack = {}): StackJson {
  const stack = define === undefined ? onceSynthesized(props) : synthesizeWith(props, define);
  const [vm] = Object.values<StackJson>(stack.resource.google_compute_instance);
  const local = declaredBy(stack, vm.metadata["gcs-backed-container-app"]);
  const bucket = stack.locals[local].mounts[0].bucket;
  Object.assign(stack.locals[local], JSON.parse(JSON.stringify(declared).replace(/"BUCKET"/g, JSON.stringify(bucket))));
  edit?.(stack);
  return stack;
}

/** The name of the local value that a declaration's expression is made of. */
export function declaredBy(stack: StackJson, expression: string): string {
  const [, name] = /jsonencode\(local\.([\w-]+)\)/.exec(expression)!;
  expect(stack.locals).toHaveProperty(name);
  return name;
}

export function cloudStack(options?: CloudStack): Stack {
  return readStack(JSON.stringify(cloudJson(options)), "cdk.tf.json");
}

/** The stack of a local app. `declared` changes its declaration by hand. */
export function localStack(
  hostAddress: string | undefined = "127.0.0.1",
  declared: Partial<Declaration> = {},
  edit: (machine: StackJson, stack: StackJson) => void = () => undefined,
): Stack {
  const stack: StackJson = synthesizeLocalApp();
  const machine = named(stack, "docker_container", "gallery-machine");
  const { content } = machine.upload.find(({ file }: { file: string }) => file.endsWith("/declaration.json"));
  const mounts = [{ path: "/srv/app/uploads", bucket: "gallery", readOnly: false, gcsfuseConfig: {} }];
  const ports = [{ hostAddress, containerPort: 80, hostPort: 8080, protocol: "tcp" as const }];
  Object.assign(stack.locals[declaredBy(stack, content)], { ports, mounts, ...declared });
  edit(machine, stack);
  return readStack(JSON.stringify(stack), "cdk.tf.json");
}

/** What the change from one stack to another does. */
export function change(before: CloudStack, after: CloudStack): Comparison {
  return compareStacks(cloudStack(before), cloudStack(after));
}

/** The gates that the change from one stack to another hits. */
export function gatesOf(before: CloudStack, after: CloudStack): readonly string[] {
  return gatesHit(Object.keys(GATES), change(before, after));
}

/** A stack with another resource, `mine`, of a type. */
export const withResource = (type: string, values: object): CloudStack => ({
  edit: (stack) => (stack.resource[type] = { ...stack.resource[type], mine: values }),
});

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
