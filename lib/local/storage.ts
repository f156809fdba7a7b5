import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { Volume } from "@cdktf/provider-docker/lib/volume";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { packageFile } from "../package-file";
import { ContainerImage } from "../images/container-image";
import { ImageStore } from "../images/image-store";
import { localScript } from "./script";
import { appLabels, filesVolume, storageContainer } from "./names";

const CONTEXT = packageFile("container/gcs-emulator");

/** The emulator's name in its network. */
const HOST = "storage";
const PORT = 4443;

/** For gcsfuse's `gcs-connection.custom-endpoint`. */
export const LOCAL_ENDPOINT = `http://${HOST}:${PORT}/storage/v1/`;

export interface LocalBucketProps {
  readonly name: string;
  readonly images: ImageStore;
  readonly network: Network;
  /** The names of all buckets that there are. */
  readonly buckets: string[];
  readonly deleteDataOnDestroy: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** An emulated Cloud Storage, with its objects in a Docker volume. */
export class LocalBucket extends Construct {
  public readonly container: Container;
  public readonly volumeName: string;

  constructor(scope: Construct, id: string, props: LocalBucketProps) {
    super(scope, id);
    const { name, images, network, buckets, dependsOn } = props;
    this.volumeName = filesVolume(name);
    const labels = appLabels(name);
    const image = ContainerImage.fromDirectory(CONTEXT)._bind(this, "gcs-emulator", images).reference;
    const volume = props.deleteDataOnDestroy
      ? new Volume(this, "volume", { name: this.volumeName, labels, dependsOn })
      : // Terraform does not know of it, so that destroy leaves it. Again with each new container.
        localScript(this, "create-volume", {
          script: "create-volume.js",
          args: [this.volumeName, name],
          triggers: [this.volumeName, image, ...buckets],
          dependsOn,
        });
    this.container = new Container(this, "container", {
      name: storageContainer(name),
      labels,
      image,
      command: buckets,
      networksAdvanced: [{ name: network.name, aliases: [HOST] }],
      volumes: [{ volumeName: this.volumeName, containerPath: "/data" }],
      restart: "unless-stopped",
      capabilities: { drop: ["ALL"] },
      logOpts: { "max-size": "10m" },
      destroyGraceSeconds: 10,
      dependsOn: [network, ...images.dependables, volume],
    });
  }
}
