import { Cloud } from "../../shared-by-apis";
import { alreadyExists, required } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { missing, pathOf, selfLink } from "./catalog";
import { fingerprint } from "./fingerprint";
import { startOperation } from "./compute-operations";

const base = "/projects/:project/global/snapshots";
const one = `${base}/:snapshot`;

/** Snapshots of disks. What is in them is the test's business: see the hooks. */
export function snapshotMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfSnapshot = ({ params }: ApiRequest, name = params.snapshot) =>
    `projects/${params.project}/global/snapshots/${name}`;

  return [
    {
      id: "compute.snapshots.insert",
      verb: "POST",
      path: base,
      body: "compute.Snapshot",
      project,
      handler: (request) => {
        const { body, params } = request;
        if (!body.name) throw required("resource.name");
        if (!body.sourceDisk) throw required("resource.sourceDisk");
        checkLabels(body.labels);
        const path = pathOfSnapshot(request, body.name);
        if (cloud.state.snapshots[path]) throw alreadyExists(`The resource '${path}' already exists`);
        const diskPath = pathOf(body.sourceDisk, params.project);
        const disk = cloud.state.disks[diskPath];
        if (!disk) throw missing(diskPath);
        const snapshot: Resource = {
          kind: "compute#snapshot",
          id: cloud.newId(),
          creationTimestamp: new Date().toISOString(),
          name: body.name,
          status: "READY",
          sourceDisk: disk.selfLink,
          sourceDiskId: disk.id,
          diskSizeGb: disk.sizeGb,
          ...(body.labels ? { labels: body.labels } : {}),
          labelFingerprint: fingerprint(body.labels ?? {}),
          selfLink: selfLink(path),
        };
        return startOperation(cloud, request, "createSnapshot", { path, id: snapshot.id }, async () => {
          cloud.state.snapshots[path] = snapshot;
          await cloud.hooks.onSnapshotTaken?.(snapshot, disk);
        });
      },
    },
    {
      id: "compute.snapshots.get",
      verb: "GET",
      path: one,
      project,
      handler: (request) => snapshotAt(cloud, pathOfSnapshot(request)),
    },
  ];
}

export function snapshotAt(cloud: Cloud, path: string): Resource {
  const found = cloud.state.snapshots[path];
  if (!found) throw missing(path);
  return found;
}
