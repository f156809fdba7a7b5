import { Volume } from "@cdktf/provider-docker/lib/volume";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { appLabels, mountsVolume } from "./names";

export interface LocalMountsProps {
  readonly name: string;
  readonly dependsOn: ITerraformDependable[];
}

/**
 * The folder in which the sidecars mount the buckets: a Docker volume in memory with shared propagation. A mount in one
 * container appears in the others, whatever the propagation of the host's own file systems is.
 */
export class LocalMounts extends Construct {
  public readonly volumeName: string;
  /** The volume's path on the host, a token. */
  public readonly mountpoint: string;

  constructor(scope: Construct, id: string, { name, dependsOn }: LocalMountsProps) {
    super(scope, id);
    const volume = new Volume(this, "volume", {
      name: mountsVolume(name),
      labels: appLabels(name),
      driver: "local",
      driverOpts: { type: "tmpfs", device: "tmpfs", o: "shared,size=16m,mode=0755" },
      dependsOn,
    });
    this.volumeName = volume.name;
    this.mountpoint = volume.mountpoint;
  }
}
