import { ContainerDeclaration, isSameMount, MountDeclaration } from "../../boot/declaration";
import { App, appsOf, KeptFolder } from "../apps/apps";
import { proxyOf, publishedPortsOf } from "../apps/containers";
import { FORMS, secretsIn } from "../apps/declared-secrets";
import { isAnywhere } from "../apps/ipv4-ranges";
import { trafficInWords } from "../exposures/opening-exposures";
import { publishedBehind } from "../apps/openings";
import { Diagram, DiagramEdge, DiagramNode } from "../format/diagram";
import { textAt } from "../read/json";
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
  const proxy = proxyOf(declaration);
  const entrance = proxy === undefined ? id : `${id}_sidecar${declaration!.sidecars!.indexOf(proxy)}`;
  visitors(app).forEach(({ sources, label, reachesApp }, index) => {
    const visitor = `${id}_visitor${index}`;
    nodes.push({ id: visitor, label: sources, shape: "person" });
    edges.push({ from: visitor, to: reachesApp ? entrance : system, label });
  });
  if (edges.some(({ to }) => to === system)) {
    nodes.push({ id: system, label: ["the VM itself"], shape: "box", group });
  }
  const containers = [{ id, prefix: "", secrets: secretNames(declaration) }];
  (declaration?.sidecars ?? []).forEach((sidecar, index) => {
    const node = `${id}_sidecar${index}`;
    nodes.push({ id: node, label: [sidecar.name, shortImage(sidecar.image)], shape: "box", group });
    edges.push(
      sidecar === proxy
        ? { from: node, to: id, label: `HTTP ${declaration?.httpCheck?.containerPort}` }
        : { from: id, to: node, label: `as ${sidecar.name}` },
    );
    containers.push({ id: node, prefix: `${sidecar.name}:`, secrets: secretNames(sidecar) });
  });
  /** The container that has a folder, and the folder as it sees it. */
  const ownerOf = (path: string) => {
    const container = containers.slice(1).find(({ prefix }) => path.startsWith(prefix)) ?? containers[0];
    return { container: container.id, folder: path.slice(container.prefix.length) };
  };
  const mounts: MountDeclaration[] = [];
  app.folders.forEach((kept) => {
    const { mount } = kept;
    const name = bucketName(kept);
    const storage = `bucket${buckets.indexOf(name)}`;
    const shared = mounts.findIndex((other) => isSameMount(other, mount));
    const gcsfuse = `${id}_gcsfuse${shared === -1 ? mounts.length : shared}`;
    const { container, folder } = ownerOf(mount.path);
    edges.push({ from: container, to: gcsfuse, label: folder });
    if (shared === -1) {
      mounts.push(mount);
      nodes.push({ id: gcsfuse, label: ["gcsfuse"], shape: "box", group });
      nodes.push({ id: storage, label: [app.kind === "local" ? "emulated bucket" : "bucket", name], shape: "storage" });
      edges.push({ from: gcsfuse, to: storage, label: mount.readOnly ? "reads" : "reads and writes" });
    }
  });
  app.disks.forEach(({ declared, disk }, index) => {
    const node = `${id}_disk${index}`;
    const name = (disk && textAt(disk.values, "name")) ?? declared.name;
    nodes.push({
      id: node,
      label: [app.kind === "local" ? "Docker volume" : "persistent disk", name],
      shape: "storage",
    });
    const { container, folder } = ownerOf(declared.path);
    edges.push({ from: container, to: node, label: folder });
  });
  for (const container of containers.filter(({ secrets }) => secrets.length > 0)) {
    const node = `${id}_secrets`;
    const label = app.kind === "local" ? "secrets of who deploys" : "Secret Manager";
    nodes.push({ id: node, label: [label], shape: "storage" });
    edges.push({ from: container.id, to: node, label: someOf(container.secrets).join(", ") });
  }
  const machine = app.kind === "vm" ? `VM ${app.name}` : "this computer's Docker Engine";
  return { groups: [{ id: group, label: machine }], nodes, edges };
}

/** The secrets that a container is given, each once, as Secret Manager calls them in their project. */
function secretNames(container: ContainerDeclaration | undefined): readonly string[] {
  const all = container === undefined ? [] : FORMS.flatMap(([key]) => Object.values(secretsIn(container, key)));
  return [...new Set(all.map(({ secret }) => String(secret).replace(/^.*\//, "")))];
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
