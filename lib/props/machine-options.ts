/** What happens to the VM when Google maintains its host. */
export enum MaintenancePolicy {
  /** It moves to another host while it runs. */
  MIGRATE = "MIGRATE",
  /** It is stopped and started again. */
  TERMINATE = "TERMINATE",
}

/** The VM. */
export interface MachineOptions {
  /**
   * The machine type, x86 only: Container-Optimized OS images for Arm cannot follow their family with the google provider
   * 6.50 without replacing the VM in every plan.
   *
   * @default "e2-small"
   * @see https://cloud.google.com/compute/docs/machine-resource
   */
  readonly machineType?: string;

  /**
   * The boot image: a family of Container-Optimized OS, `cos-cloud/cos-stable`, or an exact image such as
   * `cos-cloud/cos-125-19216-104-1`. A family's newer images do not touch a VM that exists; another image replaces it,
   * which is how the OS is patched.
   *
   * @default "cos-cloud/cos-stable"
   * @see https://cloud.google.com/container-optimized-os/docs/release-notes
   */
  readonly bootImage?: string;

  /**
   * The boot disk's size in GB, 10 to 65536: it holds the images and what gcsfuse stages on the way to the bucket.
   *
   * @default 20
   */
  readonly bootDiskSize?: number;

  /**
   * The boot disk's type.
   *
   * @default "pd-balanced" - "hyperdisk-balanced" for machine families that take nothing else
   * @see https://cloud.google.com/compute/docs/disks
   */
  readonly bootDiskType?: string;

  /**
   * Whether the VM starts only what is signed by Google.
   *
   * @default true
   * @see https://cloud.google.com/compute/shielded-vm/docs/shielded-vm
   */
  readonly secureBoot?: boolean;

  /**
   * What happens when Google maintains the VM's host.
   *
   * @default MaintenancePolicy.MIGRATE
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
   * Whether the app may reach the VM's metadata server, and with it take the VM's identity.
   *
   * @default false - only its DNS server
   */
  readonly metadataServerAccess?: boolean;

  /**
   * Further instance metadata. The keys that the construct sets cannot be given.
   *
   * @default - none
   */
  readonly metadata?: { [key: string]: string };
}
