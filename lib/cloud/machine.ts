import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeInstance, ComputeInstanceAttachedDisk } from "@cdktf/provider-google/lib/compute-instance";
import { Annotations, ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { quote } from "../checks/invalid-input";
import { CloudAppSpec } from "../props/gcs-backed-container-app-props";
import { imageProject } from "../props/machine-options";
import { NetworkSpec, NetworkTier } from "../props/network-options";
import { JsonText } from "../terraform/json-text";
import { Precondition } from "../terraform/preconditions";
import { instanceMetadata } from "./instance-metadata";
import { userDataExpression } from "./user-data";

export interface AppMachineProps {
  readonly spec: CloudAppSpec;
  /** The network tags that the firewall rules apply to, if any. */
  readonly ingressTags: readonly string[];
  readonly serviceAccountEmail: string;
  /** The app's persistent disks. */
  readonly attachedDisks: readonly ComputeInstanceAttachedDisk[];
  /** What the VM is to run. */
  readonly declaration: JsonText;
  /** The checks of unresolved tokens in the declaration. */
  readonly preconditions: readonly Precondition[];
  /** The dependencies of the static address. */
  readonly services: ITerraformDependable[];
  /** The dependencies of the VM: its images and grants. */
  readonly dependsOn: ITerraformDependable[];
}

/** The VM and its static address. */
export class AppMachine extends Construct {
  public readonly instance: ComputeInstance;
  public readonly address?: ComputeAddress;

  constructor(scope: Construct, id: string, props: AppMachineProps) {
    super(scope, id);
    const { spec, preconditions } = props;
    warnOfOtherSystem(this, spec.machine.bootImage);
    const { name, project, region, zone, labels, machine, network } = spec;
    const tags = [...props.ingressTags, ...network.networkTags];
    const { networkTier } = network;
    if (network.externalAddress) {
      this.address = new ComputeAddress(this, "address", {
        project,
        region,
        // For a while there are both, and two of one name cannot be.
        name: networkTier === NetworkTier.STANDARD ? name : `${name}-premium`,
        labels,
        // Another text would replace the address, and the app would get another IP.
        description: `The static address of ${name}`,
        addressType: "EXTERNAL",
        networkTier,
        dependsOn: props.services,
        // Compute Engine refuses to delete an address that a VM has: the VM leaves it first, for another one or for none.
        lifecycle: { createBeforeDestroy: true },
      });
    }
    this.instance = new ComputeInstance(this, "instance", {
      project,
      zone,
      name,
      // Changed in place, but a text that depends on the name alone never changes.
      description: `Runs the container of ${name}, with its folders in Cloud Storage. The scope cloud-platform grants nothing: what the service account may do is limited by its roles.`,
      machineType: machine.machineType,
      labels,
      tags: tags.length > 0 ? tags : undefined,
      metadata: instanceMetadata(machine, { declaration: props.declaration, userData: userDataExpression(this) }),
      // Compute Engine changes the machine type and the network tier only while the VM is stopped.
      allowStoppingForUpdate: true,
      bootDisk: {
        deviceName: name,
        autoDelete: true,
        initializeParams: { image: machine.bootImage, size: machine.bootDiskSizeGb, type: machine.bootDiskType },
      },
      // A block of the VM, and no resource of its own: that one would take the disk from a VM that is replaced before the
      // app has ended.
      attachedDisk: props.attachedDisks.length > 0 ? [...props.attachedDisks] : undefined,
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
      // Its grants are the only limit, as Google recommends:
      // https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice
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
 * With a subnetwork the network is set as well, if its full name is known: then Compute Engine refuses a subnetwork
 * that is not in the network of the firewall rules.
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

/** A custom image may well be a Container-Optimized OS, so it is not refused. */
function warnOfOtherSystem(scope: Construct, bootImage: string): void {
  const project = imageProject(bootImage);
  if (project !== undefined && project !== "cos-cloud") {
    Annotations.of(scope).addWarning(
      `bootImage ${quote(bootImage)} is of project ${quote(project)} and not of "cos-cloud": unless it is a Container-Optimized OS, the VM does not run the app`,
    );
  }
}
