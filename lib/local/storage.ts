import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import * as fs from "fs";
import * as path from "path";
import { packageImage } from "../images/package-image";
import { packageFile } from "../package-file";
import { EngineImages } from "./engine-images";
import { keptVolume } from "./kept-volume";
import { appLabels, filesVolume, storageContainer } from "./names";

const CONTEXT = packageFile("container/gcs-emulator");
/** The files that its Dockerfile copies. The package has them; in a clone `npm ci` builds them. */
const BUNDLE = ["server.js", "list-objects.js"];

/** The emulator's host name in its network. */
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
  /** The names of all buckets. */
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
    checkBundle(CONTEXT);
    const { name, images, baseImage, network, buckets, dependsOn } = props;
    this.volumeName = filesVolume(name);
    const labels = appLabels(name);
    const image = packageImage("gcs-emulator", { baseImage })._bind(this, "gcs-emulator", images);
    const volume = keptVolume(this, "volume", {
      app: name,
      volumeName: this.volumeName,
      deleteDataOnDestroy: props.deleteDataOnDestroy,
      triggers: [image, ...buckets],
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

/** @throws if the emulator's bundle is missing: Docker would say so only at deploy, and not why */
export function checkBundle(context: string): void {
  const missing = BUNDLE.filter((file) => !fs.existsSync(path.join(context, file)));
  if (missing.length > 0) {
    throw new Error(
      `the bundle of the Cloud Storage emulator is not complete, without ${missing.map((file) => `"${file}"`).join(" and ")}: "npm ci" builds it, unless it ignores scripts: run "npm run bundle" in gcs-backed-container-app`,
    );
  }
}
