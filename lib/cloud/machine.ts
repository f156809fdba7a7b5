import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeInstance } from "@cdktf/provider-google/lib/compute-instance";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { invalidInput, requireInteger, requireMatch, requireOneOf } from "../checks/invalid-input";
import { instanceMetadata } from "./instance-metadata";
import { MachineOptions, MaintenancePolicy } from "../props/machine-options";
import { NetworkTier } from "../props/network-options";

const ARM_FAMILIES = /^(t2a|c4a|n4a|a4x)-/;
const HYPERDISK_ONLY_FAMILIES = /^(c4|c4d|n4|n4d|h4d|m4|x4|a4)-/;

export interface AppMachineProps {
  readonly name: string;
  readonly tags: string[];
  readonly project: string;
  readonly region: string;
  readonly zone: string;
  readonly network: string;
  readonly subnetwork?: string;
  readonly networkProject?: string;
  readonly externalAddress: boolean;
  readonly networkTier: NetworkTier;
  readonly serviceAccountEmail: string;
  readonly userData: string;
  readonly labels: { [key: string]: string };
  readonly options: MachineOptions;
  /** What the static address waits for. */
  readonly services: ITerraformDependable[];
  /** What the VM waits for: its images, its grants. */
  readonly dependsOn: ITerraformDependable[];
}

/** The VM and its static address. */
export class AppMachine extends Construct {
  public readonly instance: ComputeInstance;
  public readonly address?: ComputeAddress;

  constructor(scope: Construct, id: string, props: AppMachineProps) {
    super(scope, id);
    const { name, project, region, options, networkTier, labels } = props;
    const { machineType = "e2-small" } = options;
    checkMachineType(machineType);
    checkBoot(options);
    if (props.externalAddress) {
      this.address = new ComputeAddress(this, "address", {
        project,
        region,
        name,
        labels,
        addressType: "EXTERNAL",
        networkTier,
        dependsOn: props.services,
      });
    }
    this.instance = new ComputeInstance(this, "instance", {
      project,
      zone: props.zone,
      name,
      machineType,
      labels,
      tags: props.tags,
      metadata: instanceMetadata(props.userData, options),
      // Another machine type, or network tier, needs the VM stopped for a moment.
      allowStoppingForUpdate: true,
      bootDisk: {
        deviceName: name,
        autoDelete: true,
        initializeParams: {
          image: options.bootImage ?? "cos-cloud/cos-stable",
          size: bootDiskSize(options),
          type:
            options.bootDiskType ?? (HYPERDISK_ONLY_FAMILIES.test(machineType) ? "hyperdisk-balanced" : "pd-balanced"),
        },
      },
      networkInterface: [
        {
          network: props.subnetwork === undefined ? props.network : undefined,
          subnetwork: props.subnetwork,
          subnetworkProject: props.subnetwork === undefined ? undefined : props.networkProject,
          accessConfig: this.address === undefined ? [] : [{ natIp: this.address.address, networkTier }],
        },
      ],
      scheduling: {
        automaticRestart: true,
        onHostMaintenance: options.maintenancePolicy ?? MaintenancePolicy.MIGRATE,
        provisioningModel: "STANDARD",
      },
      // What it may do is decided by its grants alone.
      serviceAccount: { email: props.serviceAccountEmail, scopes: ["cloud-platform"] },
      shieldedInstanceConfig: {
        enableSecureBoot: options.secureBoot ?? true,
        enableVtpm: true,
        enableIntegrityMonitoring: true,
      },
      dependsOn: props.dependsOn,
    });
  }
}

function checkMachineType(machineType: string): void {
  if (Token.isUnresolved(machineType)) {
    return;
  }
  requireMatch(
    "machineType",
    machineType,
    /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/,
    'use a machine type such as "e2-small" (gcloud compute machine-types list)',
  );
  if (ARM_FAMILIES.test(machineType)) {
    throw invalidInput(
      "machineType",
      machineType,
      'it is an Arm type, and with those every plan of the google provider 6.50 would replace the VM: use an x86 type such as "e2-small"',
    );
  }
}

function checkBoot({ bootImage, bootDiskType, maintenancePolicy }: MachineOptions): void {
  if (bootImage !== undefined) {
    requireMatch(
      "bootImage",
      bootImage,
      /^([^\s]+\/)?(?!cos-arm64)[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'use a family or image of Container-Optimized OS for x86 such as "cos-cloud/cos-stable" (gcloud compute images list --project=cos-cloud)',
    );
  }
  if (bootDiskType !== undefined) {
    requireMatch(
      "bootDiskType",
      bootDiskType,
      /^(pd|hyperdisk)-[a-z]+(-[a-z]+)*$/,
      'use a disk type such as "pd-balanced" (gcloud compute disk-types list)',
    );
  }
  if (maintenancePolicy !== undefined) {
    requireOneOf("maintenancePolicy", maintenancePolicy, Object.values(MaintenancePolicy));
  }
}

function bootDiskSize({ bootDiskSize: size = 20 }: MachineOptions): number {
  if (!Token.isUnresolved(size)) {
    requireInteger("bootDiskSize", size, 10, 65536);
  }
  return size;
}
