import { App, appsOf, KeptFolder } from "../apps/apps";
import { publishedPortsOf } from "../apps/containers";
import { isAnywhere } from "../apps/ipv4-ranges";
import { trafficInWords } from "../exposures/opening-exposures";
import { publishedBehind } from "../apps/openings";
import { Diagram, DiagramEdge, DiagramNode } from "../format/diagram";
import { Stack } from "../read/stack";

/** Who reaches which app, where it runs, and where its files are. */
export function diagramOf(stack: Stack): Diagram {
  const apps = appsOf(stack);
  const buckets = [...new Set(apps.flatMap(({ folders }) => folders.map(bucketName)))];
  const parts = apps.map((app, index) => appDiagram(app, `app${index}`, buckets));
  return {
    groups: parts.flatMap(({ groups }) => groups),
    nodes: unique(parts.flatMap(({ nodes }) => nodes)),
    edges: parts.flatMap(({ edges }) => edges),
  };
}

function unique(nodes: readonly DiagramNode[]): DiagramNode[] {
  return nodes.filter(({ id }, index) => nodes.findIndex((other) => other.id === id) === index);
}

function appDiagram(app: App, id: string, buckets: readonly string[]): Diagram {
  const nodes: DiagramNode[] = [];
  const edges: DiagramEdge[] = [];
  const group = `${id}_machine`;
  const { declaration } = app;
  const container = declaration === undefined ? [app.name] : [app.name, shortImage(declaration.image)];
  nodes.push({ id, label: container, shape: "box", group });
  const system = `${id}_system`;
  visitors(app).forEach(({ sources, label, reachesApp }, index) => {
    const visitor = `${id}_visitor${index}`;
    nodes.push({ id: visitor, label: sources, shape: "person" });
    edges.push({ from: visitor, to: reachesApp ? id : system, label });
  });
  if (edges.some(({ to }) => to === system)) {
    nodes.push({ id: system, label: ["the VM itself"], shape: "box", group });
  }
  app.folders.forEach((folder, index) => {
    const sidecar = `${id}_gcsfuse${index}`;
    const name = bucketName(folder);
    const storage = `bucket${buckets.indexOf(name)}`;
    nodes.push({ id: sidecar, label: ["gcsfuse"], shape: "box", group });
    nodes.push({ id: storage, label: [app.kind === "local" ? "emulated bucket" : "bucket", name], shape: "storage" });
    edges.push({ from: id, to: sidecar, label: folder.mount.path });
    edges.push({ from: sidecar, to: storage, label: folder.mount.readOnly ? "reads" : "reads and writes" });
  });
  const machine = app.kind === "vm" ? `VM ${app.name}` : "this computer's Docker Engine";
  return { groups: [{ id: group, label: machine }], nodes, edges };
}

/** The name of the bucket, rather than the reference to it. */
export function bucketName({ mount, bucket }: KeptFolder): string {
  const name = bucket?.values.name;
  return typeof name === "string" ? name : mount.bucket;
}

/** An image with the beginning of its digest. */
function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…");
}

interface Visitor {
  readonly sources: readonly string[];
  readonly label: string;
  readonly reachesApp: boolean;
}

function visitors({ kind, openings, declaration }: App): Visitor[] {
  const ports = publishedPortsOf(declaration);
  if (kind === "local") {
    return ports.map(({ hostAddress, hostPort, protocol }) => ({
      sources: [hostAddress ?? "every address of this computer"],
      label: `${protocol.toUpperCase()} ${hostPort}`,
      reachesApp: true,
    }));
  }
  return openings.map((opening) => ({
    sources: isAnywhere(opening.sources) ? ["anybody on the internet"] : someOf(opening.sources),
    label: trafficInWords(opening),
    reachesApp: declaration === undefined || publishedBehind(opening, ports).length > 0,
  }));
}

function someOf(sources: readonly string[]): readonly string[] {
  return sources.length > 4 ? [...sources.slice(0, 3), `and ${sources.length - 3} more`] : sources;
}
