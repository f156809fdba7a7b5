import { App, appsOf } from "./apps";
import { isAnywhere } from "./ipv4-ranges";
import { trafficInWords } from "./exposures";
import { Stack } from "./stack";

export interface DiagramNode {
  readonly id: string;
  /** The lines of its label. */
  readonly label: readonly string[];
  readonly shape: "person" | "box" | "storage";
  /** The group that it is in. */
  readonly group?: string;
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** A picture of what a stack consists of, before it is Mermaid or DOT. */
export interface Diagram {
  readonly groups: readonly { readonly id: string; readonly label: string }[];
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

/** Who reaches which app, where it runs, and where its files are. */
export function diagramOf(stack: Stack): Diagram {
  const parts = appsOf(stack).map((app, index) => appDiagram(app, `app${index}`, stack));
  return {
    groups: parts.flatMap(({ groups }) => groups),
    nodes: unique(parts.flatMap(({ nodes }) => nodes)),
    edges: parts.flatMap(({ edges }) => edges),
  };
}

function unique(nodes: readonly DiagramNode[]): DiagramNode[] {
  return nodes.filter(({ id }, index) => nodes.findIndex((other) => other.id === id) === index);
}

function appDiagram(app: App, id: string, stack: Stack): Diagram {
  const nodes: DiagramNode[] = [];
  const edges: DiagramEdge[] = [];
  const group = `${id}_machine`;
  const { declaration } = app;
  const container = declaration === undefined ? [app.name] : [app.name, declaration.image];
  nodes.push({ id, label: container, shape: "box", group });
  for (const { sources, label } of visitors(app)) {
    const visitor = `${id}_visitor${nodes.length}`;
    nodes.push({ id: visitor, label: sources, shape: "person" });
    edges.push({ from: visitor, to: id, label });
  }
  app.folders.forEach(({ mount, bucket }, index) => {
    const sidecar = `${id}_gcsfuse${index}`;
    const known = bucket === undefined ? -1 : stack.resources.indexOf(bucket);
    const storage =
      known >= 0 ? `bucket${known}` : `bucket_${[...mount.bucket].map((c) => c.codePointAt(0)).join("_")}`;
    nodes.push({ id: sidecar, label: ["gcsfuse"], shape: "box", group });
    const name = app.kind === "local" ? ["emulated bucket", mount.bucket] : ["bucket", bucketName(app, index)];
    nodes.push({ id: storage, label: name, shape: "storage" });
    edges.push({ from: id, to: sidecar, label: mount.path });
    edges.push({ from: sidecar, to: storage, label: mount.readOnly ? "reads" : "reads and writes" });
  });
  const machine = app.kind === "vm" ? `VM ${app.name}` : "this computer's Docker Engine";
  return { groups: [{ id: group, label: machine }], nodes, edges };
}

/** The name of the bucket, rather than the reference to it. */
export function bucketName({ folders }: App, index: number): string {
  const { mount, bucket } = folders[index];
  const name = bucket?.values.name;
  return typeof name === "string" ? name : mount.bucket;
}

function visitors({ kind, openings, declaration }: App): { sources: readonly string[]; label: string }[] {
  if (kind === "local") {
    return (declaration?.ports ?? []).map(({ hostAddress, hostPort, protocol }) => ({
      sources: [hostAddress ?? "every address of this computer"],
      label: `${protocol.toUpperCase()} ${hostPort}`,
    }));
  }
  return openings.map((opening) => ({
    sources: isAnywhere(opening.sources) ? ["anybody on the internet"] : someOf(opening.sources),
    label: trafficInWords(opening),
  }));
}

function someOf(sources: readonly string[]): readonly string[] {
  return sources.length > 4 ? [...sources.slice(0, 3), `and ${sources.length - 3} more`] : sources;
}
