import { Cloud } from "../../shared-by-apis";
import { alreadyExists, GoogleError, invalid, required } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { badValue, diskTypes, isZone, lastOf, missing, pathOf, regionOf, selfLink } from "./catalog";
import { checkFingerprint, fingerprint } from "./fingerprint";
import { startOperation } from "./compute-operations";
import { snapshotAt } from "./snapshots";

const base = "/projects/:project/zones/:zone/disks";
const one = `${base}/:disk`;

/** Persistent disks. Their content is the test's business. */
export function diskMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfDisk = ({ params }: ApiRequest, name = params.disk) =>
    `projects/${params.project}/zones/${params.zone}/disks/${name}`;
  const find = (request: ApiRequest): Resource => {
    const found = cloud.state.disks[pathOfDisk(request)];
    if (!found) throw missing(pathOfDisk(request));
    return found;
  };
  const setter = (
    name: string,
    body: string,
    check: (disk: Resource, request: ApiRequest) => void,
    effect: (disk: Resource, request: ApiRequest) => void | Promise<void>,
  ): Method => ({
    id: `compute.disks.${name}`,
    verb: "POST",
    path: `${one}/${name}`,
    body,
    project,
    handler: (request) => {
      const disk = find(request);
      check(disk, request);
      const target = { path: pathOfDisk(request), id: disk.id };
      return startOperation(cloud, request, name, target, async () => effect(disk, request));
    },
  });

  return [
    {
      id: "compute.disks.insert",
      verb: "POST",
      path: base,
      body: "compute.Disk",
      project,
      handler: (request) => {
        const { params, body } = request;
        if (!isZone(params.zone)) throw missing(`projects/${params.project}/zones/${params.zone}`);
        const disk = newDisk(cloud, params.project, params.zone, body);
        const path = pathOfDisk(request, disk.name);
        if (cloud.state.disks[path]) throw alreadyExists(`The resource '${path}' already exists`);
        return startOperation(cloud, request, "insert", { path, id: disk.id }, async () => {
          cloud.state.disks[path] = disk;
        });
      },
    },
    { id: "compute.disks.get", verb: "GET", path: one, project, handler: find },
    setter(
      "resize",
      "compute.DisksResizeRequest",
      (disk, { body }) => {
        if (Number(body.sizeGb) > Number(disk.sizeGb)) return;
        throw badValue(
          "sizeGb",
          body.sizeGb,
          `New disk size '${body.sizeGb}' GiB must be larger than existing size '${disk.sizeGb}' GiB.`,
        );
      },
      async (disk, { body }) => {
        disk.sizeGb = String(body.sizeGb);
        await cloud.hooks.onDiskResized?.(disk);
      },
    ),
    setter(
      "setLabels",
      "compute.ZoneSetLabelsRequest",
      (disk, { body }) => {
        checkFingerprint(disk.labelFingerprint, body.labelFingerprint, "labels");
        checkLabels(body.labels);
      },
      (disk, { body: { labels = {} } }) => {
        disk.labels = labels;
        disk.labelFingerprint = fingerprint(labels);
      },
    ),
    setter(
      "addResourcePolicies",
      "compute.DisksAddResourcePoliciesRequest",
      (_, { body, params }) => {
        for (const link of body.resourcePolicies ?? []) {
          const path = pathOf(link, params.project);
          if (!path.includes(`/regions/${regionOf(params.zone)}/`)) {
            throw badValue("resourcePolicies[0]", link, "The policy must be in the region of the disk.");
          }
          if (!cloud.state.resourcePolicies[path]) throw missing(path);
        }
      },
      (disk, { body, params }) => {
        const added = (body.resourcePolicies as string[]).map((link) => selfLink(pathOf(link, params.project)));
        disk.resourcePolicies = [...new Set([...(disk.resourcePolicies ?? []), ...added])];
      },
    ),
    setter(
      "removeResourcePolicies",
      "compute.DisksRemoveResourcePoliciesRequest",
      () => undefined,
      (disk, { body, params }) => {
        const removed = (body.resourcePolicies as string[]).map((link) => selfLink(pathOf(link, params.project)));
        const left = ((disk.resourcePolicies ?? []) as string[]).filter((link) => !removed.includes(link));
        if (left.length > 0) disk.resourcePolicies = left;
        else delete disk.resourcePolicies;
      },
    ),
    {
      id: "compute.disks.delete",
      verb: "DELETE",
      path: one,
      project,
      handler: (request) => {
        const disk = find(request);
        const path = pathOfDisk(request);
        requireUnused(disk, path);
        return startOperation(cloud, request, "delete", { path, id: disk.id }, async () => {
          delete cloud.state.disks[path];
        });
      },
    },
  ];
}

function newDisk(cloud: Cloud, project: string, zone: string, body: Resource): Resource {
  if (!body.name) throw required("resource.name");
  checkLabels(body.labels);
  const type = lastOf(body.type ?? "pd-standard");
  if (!diskTypes.includes(type) || type === "local-ssd") {
    throw missing(`projects/${project}/zones/${zone}/diskTypes/${type}`);
  }
  const source = body.sourceSnapshot ? snapshotAt(cloud, pathOf(body.sourceSnapshot, project)) : undefined;
  const size = Number(body.sizeGb ?? source?.diskSizeGb ?? 500);
  const least = type === "pd-extreme" ? 500 : type === "hyperdisk-balanced" ? 4 : 10;
  if (size < least || size > 65536) {
    throw badValue("resource.sizeGb", size, `Disk size must be between ${least} GB and 65536 GB for type ${type}.`);
  }
  if (source && size < Number(source.diskSizeGb)) {
    throw badValue("resource.sizeGb", size, `It cannot be smaller than the snapshot (${source.diskSizeGb} GB).`);
  }
  const path = `projects/${project}/zones/${zone}/disks/${body.name}`;
  return {
    kind: "compute#disk",
    id: cloud.newId(),
    creationTimestamp: new Date().toISOString(),
    name: body.name,
    ...(body.description ? { description: body.description } : {}),
    sizeGb: String(size),
    zone: selfLink(`projects/${project}/zones/${zone}`),
    status: "READY",
    type: selfLink(`projects/${project}/zones/${zone}/diskTypes/${type}`),
    ...(source ? { sourceSnapshot: source.selfLink, sourceSnapshotId: source.id } : {}),
    ...(body.labels ? { labels: body.labels } : {}),
    labelFingerprint: fingerprint(body.labels ?? {}),
    physicalBlockSizeBytes: "4096",
    enableConfidentialCompute: false,
    ...(type.startsWith("hyperdisk") ? { provisionedIops: "3000", provisionedThroughput: "140" } : {}),
    ...(type.startsWith("hyperdisk") ? { accessMode: "READ_WRITE_SINGLE" } : {}),
    selfLink: selfLink(path),
  };
}

function requireUnused(disk: Resource, path: string): void {
  if (!disk.users?.length) return;
  const user = disk.users[0].replace(/^.*\/compute\/v1\//, "");
  throw new GoogleError(
    400,
    "resourceInUseByAnotherResource",
    `The disk resource '${path}' is already being used by '${user}'`,
  );
}

/** Attaches an existing disk; answers how the VM has it. */
export function attachDisk(
  cloud: Cloud,
  vm: { readonly selfLink: string; readonly project: string; readonly zone: string; readonly devices: string[] },
  asked: Resource,
  index: number,
): Resource {
  if (!asked.source) throw required("resource.source");
  const path = pathOf(asked.source, vm.project);
  const disk = cloud.state.disks[path];
  if (!disk) throw missing(path);
  if (!path.includes(`/zones/${vm.zone}/`)) {
    throw badValue("resource.source", asked.source, "The disk must be in the zone of the VM.");
  }
  requireUnused(disk, path);
  const deviceName = asked.deviceName || `persistent-disk-${index}`;
  if (vm.devices.includes(deviceName)) {
    throw invalid(`Invalid value for field 'resource.deviceName': '${deviceName}'. It is in use by another disk.`);
  }
  disk.users = [vm.selfLink];
  disk.lastAttachTimestamp = new Date().toISOString();
  return {
    kind: "compute#attachedDisk",
    type: "PERSISTENT",
    mode: asked.mode ?? "READ_WRITE",
    source: disk.selfLink,
    deviceName,
    index,
    boot: false,
    autoDelete: asked.autoDelete ?? false,
    interface: asked.interface ?? "SCSI",
    diskSizeGb: disk.sizeGb,
  };
}

/** A disk that no VM has any more. */
export function releaseDisk(cloud: Cloud, attached: Resource): void {
  const path = pathOf(attached.source, "");
  const disk = cloud.state.disks[path];
  if (!disk) return;
  delete disk.users;
  disk.lastDetachTimestamp = new Date().toISOString();
  if (attached.autoDelete) delete cloud.state.disks[path];
}
