import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { Volume } from "@cdktf/provider-docker/lib/volume";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { packageImage } from "../images/package-image";
import { EngineImages } from "./engine-images";

/** The emulator's name in its network. */
const HOST = "storage";
const PORT = 4443;

/** For gcsfuse's `gcs-connection.custom-endpoint`. */
export const LOCAL_ENDPOINT = `http://${HOST}:${PORT}/storage/v1/`;

export interface LocalStorageProps {
  readonly name: string;
  readonly images: EngineImages;
  /** The image that the emulator's image is built on. */
  readonly baseImage?: string;
  readonly network: Network;
  /** The names of all buckets that there are. */
  readonly buckets: string[];
  readonly deleteDataOnDestroy: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** An emulated Cloud Storage, with its objects in a Docker volume. */
export class LocalStorage extends Construct {
  public readonly container: Container;
  public readonly volumeName: string;

  constructor(scope: Construct, id: string, props: LocalStorageProps) {
    super(scope, id);
    const { name, images, baseImage, network, buckets, dependsOn } = props;
    this.volumeName = `${name}-files`;
    const image = packageImage("gcs-emulator", { baseImage })._bind(this, "gcs-emulator", images);
    // A volume that only the container names is made with it and is not removed with it.
    const volume = props.deleteDataOnDestroy ? [new Volume(this, "volume", { name: this.volumeName, dependsOn })] : [];
    this.container = new Container(this, "container", {
      name: `${name}-storage`,
      image,
      command: buckets,
      networksAdvanced: [{ name: network.name, aliases: [HOST] }],
      volumes: [{ volumeName: this.volumeName, containerPath: "/data" }],
      restart: "unless-stopped",
      capabilities: { drop: ["ALL"] },
      logOpts: { "max-size": "10m" },
      destroyGraceSeconds: 10,
      dependsOn: [network, ...images.dependables, ...volume],
    });
  }
}
