import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeInstance } from "@cdktf/provider-google/lib/compute-instance";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { CloudAppSpec } from "../props/gcs-backed-container-app-props";
import { NetworkSpec } from "../props/network-options";
import { Precondition } from "../terraform/preconditions";
import { instanceMetadata } from "./instance-metadata";

export interface AppMachineProps {
  readonly spec: CloudAppSpec;
  /** The network tags that the firewall rules know the VM by, if any. */
  readonly ingressTags: readonly string[];
  readonly serviceAccountEmail: string;
  /** The `user-data`, as Terraform's template. */
  readonly userData: string;
  /** What must be true of the values in the user-data that are unresolved at synthesis. */
  readonly preconditions: readonly Precondition[];
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
    const { spec, preconditions } = props;
    const { name, project, region, zone, labels, machine, network } = spec;
    const tags = [...props.ingressTags, ...network.networkTags];
    const { networkTier } = network;
    if (network.externalAddress) {
      this.address = new ComputeAddress(this, "address", {
        project,
        region,
        name,
        labels,
        description: `The static address of ${name}`,
        addressType: "EXTERNAL",
        networkTier,
        dependsOn: props.services,
      });
    }
    this.instance = new ComputeInstance(this, "instance", {
      project,
      zone,
      name,
      machineType: machine.machineType,
      labels,
      tags: tags.length > 0 ? tags : undefined,
      metadata: instanceMetadata(props.userData, machine),
      // Another machine type, or network tier, needs the VM stopped for a moment.
      allowStoppingForUpdate: true,
      bootDisk: {
        deviceName: name,
        autoDelete: true,
        initializeParams: { image: machine.bootImage, size: machine.bootDiskSizeGb, type: machine.bootDiskType },
      },
      networkInterface: [
        {
          ...placement(network),
          accessConfig: this.address === undefined ? [] : [{ natIp: this.address.address, networkTier }],
        },
      ],
      scheduling: {
        automaticRestart: true,
        onHostMaintenance: machine.maintenancePolicy,
        provisioningModel: "STANDARD",
      },
      // What it may do is decided by its grants alone: https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice
      serviceAccount: { email: props.serviceAccountEmail, scopes: ["cloud-platform"] },
      shieldedInstanceConfig: {
        enableSecureBoot: machine.secureBoot,
        enableVtpm: true,
        enableIntegrityMonitoring: true,
      },
      dependsOn: props.dependsOn,
      lifecycle: preconditions.length > 0 ? { precondition: [...preconditions] } : undefined,
    });
  }
}

/**
 * With a subnetwork the network is given as well where its full name is known: Compute Engine then refuses a subnetwork of
 * another network than the one that the firewall rules are in.
 */
function placement({ network, subnetwork, hostProject }: NetworkSpec) {
  if (subnetwork === undefined) {
    return { network };
  }
  if (hostProject === undefined || network.includes("/")) {
    return { network, subnetwork, subnetworkProject: hostProject };
  }
  const fullName = Token.isUnresolved(network) ? undefined : `projects/${hostProject}/global/networks/${network}`;
  return { network: fullName, subnetwork, subnetworkProject: hostProject };
}
