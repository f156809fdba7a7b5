import { ComputeDisk } from "@cdktf/provider-google/lib/compute-disk";
import { ComputeDiskResourcePolicyAttachment } from "@cdktf/provider-google/lib/compute-disk-resource-policy-attachment";
import { ComputeInstanceAttachedDisk } from "@cdktf/provider-google/lib/compute-instance";
import { ComputeResourcePolicy } from "@cdktf/provider-google/lib/compute-resource-policy";
import { conditional, Fn, ITerraformDependable, Op, TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { createHash } from "crypto";
import { CreatedDisk, diskName, ResolvedDisk } from "../props/disk";
import { asArgument, tokenExpression } from "../terraform/template-text";
import { defaultDiskType } from "../props/disk-types";

const TO_MOVE =
  "remove the disk's entry from disks and deploy, which keeps a last snapshot, and then add it again with that snapshot's name as sourceSnapshot";

/** The provider ends the name of the last snapshot with the time, and takes this many characters before it. */
const MOST_SNAPSHOT_PREFIX = 48;
const HASH = 8;
const BEFORE_HASH = MOST_SNAPSHOT_PREFIX - HASH - 1;

export interface AppDiskProps {
  /** The app's name. */
  readonly name: string;
  readonly project: string;
  readonly region: string;
  readonly zone: string;
  readonly labels: { [key: string]: string };
  readonly machineType: string;
  readonly dependsOn: ITerraformDependable[];
}

/** Creates a disk, unless it exists, and returns how the VM has it. */
export function attachedDisk(
  scope: Construct,
  resolved: ResolvedDisk,
  props: AppDiskProps,
): ComputeInstanceAttachedDisk {
  const { name, disk } = resolved;
  const source =
    typeof disk === "string"
      ? disk
      : new AppDisk(scope, `disk-${name}`, { ...props, diskName: diskName(props.name, resolved), disk }).disk.name;
  return { source, deviceName: name, mode: "READ_WRITE" };
}

/** A disk that is created for an app, with its daily snapshots. */
class AppDisk extends Construct {
  public readonly disk: ComputeDisk;

  constructor(scope: Construct, id: string, props: AppDiskProps & { diskName: string; disk: CreatedDisk }) {
    super(scope, id);
    const { diskName: name, disk, project, zone, labels, dependsOn } = props;
    const type = disk.type ?? defaultDiskType(props.machineType);
    this.disk = new ComputeDisk(this, "disk", {
      project,
      zone,
      name,
      type,
      size: disk.sizeGb,
      snapshot: disk.sourceSnapshot,
      labels,
      createSnapshotBeforeDestroy: !disk.deleteDataOnDestroy,
      createSnapshotBeforeDestroyPrefix: snapshotPrefix(name),
      dependsOn,
      lifecycle: {
        // Refuses a smaller size, and destroy. It says nothing once the entry is gone: then there is the last snapshot.
        preventDestroy: disk.deleteDataOnDestroy ? undefined : true,
        // When the entry is removed the VM is changed first, which detaches the disk: the last snapshot has every write.
        createBeforeDestroy: true,
        // It matters only when the disk is created.
        ignoreChanges: ["snapshot"],
        precondition: [
          staysWhereItIs(this, `projects/${project}/zones/${zone}/disks/${name} of type ${type}`, disk.toMove),
        ],
      },
    });
    if (disk.snapshots !== undefined) {
      this.schedule(props, disk.snapshots);
    }
  }

  private schedule(
    { diskName: name, project, region, zone, labels, dependsOn }: AppDiskProps & { diskName: string },
    { retentionDays, startTime }: NonNullable<CreatedDisk["snapshots"]>,
  ): void {
    const policy = new ComputeResourcePolicy(this, "snapshots", {
      project,
      region,
      name,
      description: `Takes a snapshot of the disk ${name} every day`,
      snapshotSchedulePolicy: {
        schedule: { dailySchedule: { daysInCycle: 1, startTime } },
        retentionPolicy: { maxRetentionDays: retentionDays, onSourceDiskDelete: "KEEP_AUTO_SNAPSHOTS" },
        // guest_flush stays off: Container-Optimized OS has no agent that would quiesce the file system.
        snapshotProperties: { labels },
      },
      dependsOn,
    });
    new ComputeDiskResourcePolicyAttachment(this, "snapshots-attachment", {
      project,
      zone,
      name: policy.name,
      disk: this.disk.name,
    });
  }
}

/** A longer name is cut, with a hash of all of it: the snapshots of two disks must not have one name. */
function snapshotPrefix(name: string): string | undefined {
  if (Token.isUnresolved(name)) {
    const text = tokenExpression(name);
    const cut = Fn.join("-", [Fn.substr(text, 0, BEFORE_HASH), Fn.substr(Fn.sha256(text), 0, HASH)]);
    return Token.asString(conditional(Op.gt(Fn.lengthOf(text), MOST_SNAPSHOT_PREFIX), cut, text));
  }
  if (name.length <= MOST_SNAPSHOT_PREFIX) {
    return undefined;
  }
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH);
  return `${name.slice(0, BEFORE_HASH)}-${hash}`;
}

/**
 * Refuses what would replace the disk by a blank one, with what to do instead. What the disk was created as is kept in
 * the state, since a plan compares with nothing else.
 */
function staysWhereItIs(scope: Construct, wanted: string, toMove = TO_MOVE) {
  const created = new TerraformResource(scope, "created-as", {
    terraformResourceType: "terraform_data",
    lifecycle: { ignoreChanges: ["input"] },
  });
  created.addOverride("input", wanted);
  const createdAs = created.getStringAttribute("output");
  return {
    condition: Op.eq(createdAs, asArgument(wanted)),
    errorMessage: `the disk is ${createdAs}, and its data does not move to ${wanted}: take it back, or ${toMove}`,
  };
}
