import { DiskDeclaration } from "../../boot/declaration";
import { at, blocksAt, isTrue, textAt } from "../read/json";
import { isReference, names } from "../read/references";
import { Resource } from "../read/stack";

/** A folder of the app that is on a persistent disk. */
export interface KeptDisk {
  readonly declared: DiskDeclaration;
  /** What the VM is given as the disk: its name or link. */
  readonly source?: string;
  /** The disk, if it is in the stack. */
  readonly disk?: Resource;
}

/** The disks of an app, with what is attached to its VM. */
export function keptDisks(
  declared: readonly DiskDeclaration[],
  machine: Resource,
  resources: readonly Resource[],
): readonly KeptDisk[] {
  const attached = blocksAt(machine.values, "attached_disk");
  const disks = resources.filter(({ type }) => type === "google_compute_disk");
  return declared.map((one) => {
    const block = attached.find((item) => textAt(item, "device_name") === one.name);
    const source = textAt(block, "source");
    return { declared: one, source, disk: disks.find((disk) => isSource(source, disk)) };
  });
}

/** A plan has a link where the VM is attached already. */
function isSource(source: string | undefined, disk: Resource): boolean {
  return names(source, disk, "name", "self_link", "id") || `/${source}`.endsWith(`/${pathOf(disk)}`);
}

/** What is known of a disk's place, and its name: `zones/us-east1-b/disks/app-db`. */
function pathOf({ values }: Resource): string {
  const [project, zone, name] = ["project", "zone", "name"].map((key) => textAt(values, key));
  if (zone === undefined || isReference(zone)) return `disks/${name}`;
  const within = `zones/${zone}/disks/${name}`;
  return project === undefined || isReference(project) ? within : `projects/${project}/${within}`;
}

/** What belongs to a disk: its schedule of snapshots, and what it was created as. */
export function partsOfDisk({ disk }: KeptDisk, resources: readonly Resource[]): readonly Resource[] {
  if (disk === undefined) {
    return [];
  }
  const attachments = resources.filter(
    ({ type, values }) => type === "google_compute_disk_resource_policy_attachment" && names(values.disk, disk, "name"),
  );
  const policies = resources.filter(
    (policy) =>
      policy.type === "google_compute_resource_policy" &&
      attachments.some(({ values }) => names(values.name, policy, "name")),
  );
  return [disk, ...attachments, ...policies];
}

/** Whether Terraform takes a last snapshot before it deletes the disk. */
export function hasLastSnapshot({ values }: Resource): boolean {
  return isTrue(at(values, "create_snapshot_before_destroy"));
}
