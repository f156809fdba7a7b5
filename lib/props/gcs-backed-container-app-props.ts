import { Token } from "cdktf";
import { invalidInput } from "../checks/invalid-input";
import { checkZone, regionOf } from "../checks/location";
import { checkAppName, checkBucketName, checkLabels, checkProject } from "../checks/naming";
import { checkShape, Shape } from "../checks/shape";
import { BucketOptions, BucketSpec, resolveBucket } from "./bucket-options";
import {
  allDisks,
  allPorts,
  CONTAINER_APP_EXAMPLE,
  CONTAINER_APP_SHAPE,
  ContainerAppProps,
  resolveApp,
  ResolvedApp,
} from "./container-app-props";
import { diskName, nameIn, ResolvedDisk } from "./disk";
import { checkDiskTypeOfFamily } from "./disk-types";
import { requireRoomForTwo, Updates } from "./https-updates";
import { GoogleProviderSettings } from "../terraform/provider-settings";
import { cacheHostOf } from "./mount-caching";
import { MachineOptions, MachineSpec, resolveMachine } from "./machine-options";
import { NetworkOptions, NetworkSpec, resolveNetwork } from "./network-options";

/** A containerized app, its bucket, and the VM that runs the app. */
export interface GcsBackedContainerAppProps extends ContainerAppProps {
  /**
   * The id of the Google Cloud project of all resources.
   *
   * @default - the google provider's, which must then be added to the stack before the app
   * @throws if it is not a project id, or if neither the app nor the provider has one
   */
  readonly project?: string;

  /**
   * The zone of the VM, for example `us-east1-b`. The bucket, the images and the address are in its region.
   *
   * @default - the google provider's, which must then be added to the stack before the app
   * @throws if it does not have the form of a zone's name, or if neither the app nor the provider has one
   */
  readonly zone?: string;

  /**
   * The name of the resources, or its beginning, 3 to 27 lower-case letters, digits and hyphens.
   *
   * @default - the construct's id
   * @throws if it does not have that form, or if another app of the stack has it in the same project
   */
  readonly name?: string;

  /**
   * The name of an existing bucket for the files, instead of one that is created for the app. The app's service account
   * is granted access to its objects. Nothing else of the bucket is changed, and it stays when the app is destroyed.
   *
   * @default - a bucket is created
   * @throws if it is not a valid bucket name, or is given with `bucketOptions`
   */
  readonly existingBucket?: string;

  /**
   * The bucket that is created, even where every mount names another one: if it went with the last mount that uses it,
   * so would its files wherever `deleteDataOnDestroy` is set. Give one of the other buckets as `existingBucket` instead
   * to have none created.
   *
   * @default - private, versioned, in the region of the zone, never removed while it has files
   */
  readonly bucketOptions?: BucketOptions;

  /**
   * The VM's network, and who may reach the app.
   *
   * @default - the default network, a static external address, reachable from anywhere on the published ports
   */
  readonly network?: NetworkOptions;

  /**
   * The VM.
   *
   * @default - an e2-small with the newest stable Container-Optimized OS
   */
  readonly machine?: MachineOptions;

  /**
   * Labels for every resource that supports them.
   *
   * @default - `app` with the app's name
   * @throws if a label is not valid
   * @see https://cloud.google.com/compute/docs/labeling-resources
   */
  readonly labels?: { [key: string]: string };

  /**
   * Whether the Google APIs that are used are enabled, once for all apps of a stack in the same project and region.
   * They are never disabled. Needs node where Terraform runs.
   *
   * @default true
   */
  readonly enableApis?: boolean;
}

const SHAPE: Shape<GcsBackedContainerAppProps> = {
  ...CONTAINER_APP_SHAPE,
  project: "string?",
  zone: "string?",
  name: "string?",
  existingBucket: "string?",
  bucketOptions: 'object? such as { location: "EU" }',
  network: "object? such as { iapSsh: true }",
  machine: 'object? such as { machineType: "e2-medium" }',
  labels: 'map? such as { team: "web" }',
  enableApis: "boolean?",
};

/** The app on Google Cloud, checked and complete. */
export interface CloudAppSpec {
  readonly name: string;
  readonly project: string;
  readonly region: string;
  readonly zone: string;
  readonly labels: { [key: string]: string };
  /** The bucket to create, or the name of an existing one. */
  readonly bucket: BucketSpec | string;
  readonly network: NetworkSpec;
  readonly machine: MachineSpec;
  readonly app: ResolvedApp;
  readonly enableApis: boolean;
}

/**
 * @param id the construct's id
 * @param props the props as they were given
 * @param provider the settings of the stack's google provider
 * @throws if a prop is not valid, or if props contradict each other
 */
export function resolveCloudApp(
  id: string,
  props: GcsBackedContainerAppProps,
  provider: GoogleProviderSettings,
): CloudAppSpec {
  checkShape("props", props, SHAPE, { prefix: "", example: CONTAINER_APP_EXAMPLE });
  const name = checkAppName(id, props.name);
  const project = given("project", props.project, provider);
  const zone = given("zone", props.zone, provider);
  checkProject(project);
  checkZone(zone);
  const region = regionOf(zone);
  const labels = { app: name, ...props.labels };
  checkLabels(labels);
  const machine = resolveMachine(props.machine ?? {});
  const app = resolveApp(props, { cacheHost: (mounts) => cacheHostOf(machine.bootDiskSizeGb, mounts) });
  const created = allDisks(app).filter(({ disk }) => typeof disk !== "string");
  const vm = {
    name,
    project,
    zone,
    machineType: machine.machineType,
    disks: [name, ...created.map((disk) => diskName(name, disk))],
  };
  checkDisks("disks", app.disks, vm);
  if (app.https?.updates === Updates.OVERLAP) {
    const sidecars = app.sidecars.map(({ process }) => process);
    requireRoomForTwo(machine.machineType, { memoryMib: app.process.memoryMib, sidecars });
  }
  app.sidecars.forEach(({ disks }, index) => checkDisks(`sidecars[${index}].disks`, disks, vm));
  return {
    name,
    project,
    region,
    zone,
    labels,
    bucket: resolveBucketOf(props, { name, project }),
    network: resolveNetwork(props.network ?? {}, { project, region, publishesPorts: allPorts(app).length > 0 }),
    machine,
    app,
    enableApis: props.enableApis ?? true,
  };
}

interface VmWithDisks {
  readonly name: string;
  readonly project: string;
  readonly zone: string;
  readonly machineType: string;
  /** The names of the disks that are created for it. */
  readonly disks: readonly string[];
}

/** A disk can be attached in its own project and zone only. */
function checkPlace(what: string, disk: string, vm: VmWithDisks): void {
  const [, project, zone] = /(?:^|\/)(?:projects\/([^/]+)\/)?zones\/([^/]+)\/disks\/[^/]+$/.exec(disk) ?? [];
  const isOther = (given: string | undefined, own: string) =>
    given !== undefined && !Token.isUnresolved(given) && !Token.isUnresolved(own) && given !== own;
  if (isOther(project, vm.project) || isOther(zone, vm.zone)) {
    throw invalidInput(
      what,
      disk,
      `the VM is in project "${vm.project}" and zone "${vm.zone}", where a disk must be to be attached: give one from there, or move its data with a snapshot (sourceSnapshot)`,
    );
  }
}

/** What to do where a disk of the app itself is given as an existing one. */
function ownDisk(disk: string, vm: VmWithDisks): string {
  return disk === vm.name
    ? "it is the VM's boot disk, which this app creates: give the name of another disk, or sizeGb for a new one"
    : "this app creates it, for another entry: give the name of another disk, or sizeGb for a new one; to have its files at this path, change that entry's path and leave this one out";
}

/** Checks of the disks what depends on the VM. */
function checkDisks(what: string, disks: readonly ResolvedDisk[], vm: VmWithDisks): void {
  disks.forEach(({ name, disk }, index) => {
    if (name === vm.name) {
      throw invalidInput(`${what}[${index}].name`, name, "the VM's boot disk has it: give another name");
    }
    if (typeof disk === "string" && vm.disks.includes(nameIn(disk))) {
      throw invalidInput(`${what}[${index}].existingDisk`, disk, ownDisk(nameIn(disk), vm));
    }
    if (typeof disk === "string") {
      checkPlace(`${what}[${index}].existingDisk`, disk, vm);
    } else {
      checkDiskTypeOfFamily(`${what}[${index}].type`, disk.type, vm.machineType);
    }
  });
}

function given(what: "project" | "zone", own: string | undefined, provider: GoogleProviderSettings): string {
  const value = own ?? provider[what];
  if (value === undefined) {
    throw new Error(
      `${what} is missing: ${provider.absence}: give the app's ${what}, or add a google provider with a ${what} and without alias to the stack before the app`,
    );
  }
  return value;
}

function resolveBucketOf(props: GcsBackedContainerAppProps, app: { name: string; project: string }) {
  const { existingBucket, bucketOptions } = props;
  if (existingBucket === undefined) {
    return resolveBucket(bucketOptions ?? {}, app);
  }
  checkBucketName("existingBucket", existingBucket);
  if (bucketOptions !== undefined) {
    throw invalidInput(
      "existingBucket",
      existingBucket,
      "bucketOptions are for a bucket that is created, and an existing one is left as it is: give only one of the two",
    );
  }
  return existingBucket;
}
