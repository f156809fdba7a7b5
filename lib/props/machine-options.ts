import { Token } from "cdktf";
import { invalidInput, quote, requireInteger, requireMatch, requireOneOf } from "../checks/invalid-input";
import { checkUnicode } from "../checks/process-argument";
import { checkShape, Shape } from "../checks/shape";
import { checkDiskType, checkDiskTypeOfFamily, defaultDiskType } from "./disk-types";

/** What happens to the VM during a maintenance event of its host. */
export enum MaintenancePolicy {
  /** It is live-migrated to another host. */
  MIGRATE = "MIGRATE",
  /** It is stopped and restarted. */
  TERMINATE = "TERMINATE",
}

/** The VM. */
export interface MachineOptions {
  /**
   * The machine type, x86 only: Container-Optimized OS images for Arm cannot follow their family with the google
   * provider 6.50 without replacing the VM in every plan.
   *
   * @default "e2-small"
   * @throws if it does not have the form of a machine type, or is an Arm type
   * @see https://cloud.google.com/compute/docs/machine-resource
   */
  readonly machineType?: string;

  /**
   * The boot image: a family of Container-Optimized OS, `cos-cloud/cos-stable`, or an exact image such as
   * `cos-cloud/cos-125-19216-104-1`. A newer image of the family does not change an existing VM. Another value replaces
   * the VM, which is how the OS is patched. An image of another project gets a warning at synthesis: it must be a
   * Container-Optimized OS, too.
   *
   * @default "cos-cloud/cos-stable"
   * @throws if it does not have the form of an image or family, or is an Arm family of Container-Optimized OS
   * @see https://cloud.google.com/container-optimized-os/docs/release-notes
   */
  readonly bootImage?: string;

  /**
   * The boot disk's size in GB, 10 to 65536. It has the images, the files that gcsfuse is uploading, and the file caches of
   * mounts. Another size replaces the VM.
   *
   * @default 20
   * @throws if it is out of range
   */
  readonly bootDiskSizeGb?: number;

  /**
   * The boot disk's type. Another one replaces the VM.
   *
   * @default "pd-balanced" - "hyperdisk-balanced" for machine families that take nothing else
   * @throws if it does not have the form of a disk type, or if the machine family takes no disk of that kind
   * @see https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
   */
  readonly bootDiskType?: string;

  /**
   * Whether Secure Boot is on, so that the VM starts only signed software.
   *
   * @default true
   * @see https://cloud.google.com/compute/shielded-vm/docs/shielded-vm
   */
  readonly secureBoot?: boolean;

  /**
   * What happens to the VM during a maintenance event of its host.
   *
   * @default MaintenancePolicy.MIGRATE - MaintenancePolicy.TERMINATE for machine types with GPUs, which cannot migrate
   * @throws if it is MIGRATE for a machine type with GPUs
   * @see https://cloud.google.com/compute/docs/gpus/gpu-host-maintenance
   */
  readonly maintenancePolicy?: MaintenancePolicy;

  /**
   * Whether the app's and the sidecars' logs go to Cloud Logging.
   *
   * @default true
   */
  readonly logging?: boolean;

  /**
   * Whether the VM's health metrics go to Cloud Monitoring.
   *
   * @default true
   */
  readonly monitoring?: boolean;

  /**
   * Whether the app may reach the VM's metadata server, and through it use the VM's service account.
   *
   * @default false - only its DNS server
   */
  readonly metadataServerAccess?: boolean;

  /**
   * Further instance metadata. These keys are the construct's own and cannot be given: `gcs-backed-container-app`,
   * `user-data`, `google-logging-enabled`, `google-monitoring-enabled`, `cos-update-strategy`, `enable-oslogin`,
   * `block-project-ssh-keys`, `serial-port-enable`, `enable-guest-attributes`, and `user-data-encoding`.
   *
   * @default - none
   * @throws if a key is not valid or one of the construct's own, if a value has a NUL or half a surrogate pair, or if the
   * VM's metadata is over Compute Engine's limits
   * @see https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
   */
  readonly metadata?: { [key: string]: string };
}

const SHAPE: Shape<MachineOptions> = {
  machineType: "string?",
  bootImage: "string?",
  bootDiskSizeGb: "number?",
  bootDiskType: "string?",
  secureBoot: "boolean?",
  maintenancePolicy: "string?",
  logging: "boolean?",
  monitoring: "boolean?",
  metadataServerAccess: "boolean?",
  metadata: 'map? such as { team: "web" }',
};

const ARM_FAMILIES = /^(t2a|c4a|n4a|a4x)-/;
/** @see https://cloud.google.com/compute/docs/gpus/gpu-host-maintenance */
const GPU_FAMILIES = /^(a2|a3|a4|g2|g4)-/;

/** The VM, checked and complete. */
export interface MachineSpec {
  readonly machineType: string;
  readonly bootImage: string;
  readonly bootDiskSizeGb: number;
  readonly bootDiskType: string;
  readonly secureBoot: boolean;
  readonly maintenancePolicy: MaintenancePolicy;
  readonly logging: boolean;
  readonly monitoring: boolean;
  readonly metadataServerAccess: boolean;
  readonly metadata: { readonly [key: string]: string };
}

/** @throws if an option is not valid */
export function resolveMachine(options: MachineOptions): MachineSpec {
  checkShape("machine", options, SHAPE, { example: '{ machineType: "e2-medium" }' });
  const { machineType = "e2-small", bootDiskSizeGb = 20 } = options;
  checkMachineType(machineType);
  checkBoot(options);
  checkFamily(machineType, options);
  if (!Token.isUnresolved(bootDiskSizeGb)) {
    requireInteger("machine.bootDiskSizeGb", bootDiskSizeGb, 10, 65536);
  }
  return {
    machineType,
    bootImage: options.bootImage ?? "cos-cloud/cos-stable",
    bootDiskSizeGb,
    bootDiskType: options.bootDiskType ?? defaultDiskType(machineType),
    secureBoot: options.secureBoot ?? true,
    maintenancePolicy: options.maintenancePolicy ?? defaultMaintenancePolicy(machineType),
    logging: options.logging ?? true,
    monitoring: options.monitoring ?? true,
    metadataServerAccess: options.metadataServerAccess ?? false,
    metadata: checkedMetadata(options.metadata ?? {}),
  };
}

function defaultMaintenancePolicy(machineType: string): MaintenancePolicy {
  return GPU_FAMILIES.test(machineType) ? MaintenancePolicy.TERMINATE : MaintenancePolicy.MIGRATE;
}

/** Checks what Compute Engine would refuse for the machine family only when it creates the VM. */
function checkFamily(machineType: string, { bootDiskType, maintenancePolicy }: MachineOptions): void {
  checkDiskTypeOfFamily("machine.bootDiskType", bootDiskType, machineType);
  if (maintenancePolicy === MaintenancePolicy.MIGRATE && GPU_FAMILIES.test(machineType)) {
    throw invalidInput(
      "machine.maintenancePolicy",
      maintenancePolicy,
      `a VM of type ${quote(machineType)} has GPUs and cannot migrate: use "TERMINATE", or leave it out`,
    );
  }
}

/** The project of an image, as far as its path says it: `PROJECT/IMAGE`, or a path or URL with `projects/PROJECT/`. */
export function imageProject(bootImage: string): string | undefined {
  if (Token.isUnresolved(bootImage)) {
    return undefined;
  }
  const [, project] =
    /(?:^|\/)projects\/([^/]+)\//.exec(bootImage) ?? /^(?!family\/)([^/]+)\/[^/]+$/.exec(bootImage) ?? [];
  return project;
}

function checkMachineType(machineType: string): void {
  requireMatch(
    "machine.machineType",
    machineType,
    /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/,
    'use a machine type such as "e2-small" (gcloud compute machine-types list)',
  );
  if (ARM_FAMILIES.test(machineType)) {
    throw invalidInput(
      "machine.machineType",
      machineType,
      'it is an Arm type, and with those every plan of the google provider 6.50 would replace the VM: use an x86 type such as "e2-small"',
    );
  }
}

function checkBoot({ bootImage, bootDiskType, maintenancePolicy }: MachineOptions): void {
  if (bootImage !== undefined) {
    requireMatch(
      "machine.bootImage",
      bootImage,
      /^([\w.:/-]+\/)?(?!cos-arm64)[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'use a family or image of Container-Optimized OS for x86 such as "cos-cloud/cos-stable" (gcloud compute images list --project=cos-cloud)',
    );
  }
  if (bootDiskType !== undefined) {
    checkDiskType("machine.bootDiskType", bootDiskType);
  }
  if (maintenancePolicy !== undefined) {
    requireOneOf("machine.maintenancePolicy", maintenancePolicy, Object.values(MaintenancePolicy));
  }
}

function checkedMetadata(metadata: { [key: string]: string }): { [key: string]: string } {
  for (const [key, value] of Object.entries(metadata)) {
    requireMatch("metadata key", key, /^[A-Za-z0-9_-]{1,128}$/, 'use at most 128 letters, digits, "_" and "-"');
    // It would be lost: it sets the prototype of the object that it is copied to.
    if (key === "__proto__") {
      throw invalidInput("metadata key", key, "it cannot be kept in an object: use another name");
    }
    checkUnicode(`metadata value "${key}"`, value);
  }
  return metadata;
}
