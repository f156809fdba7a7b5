import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { Volume } from "@cdktf/provider-docker/lib/volume";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { configFiles } from "../boot/config-files";
import { mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { CONFIG_FOLDER } from "../boot/paths";
import { BootSpec, GcsfuseConfig, MachineLayout } from "../boot/spec";
import { DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "../boot/stop-timeouts";
import { ContainerImage } from "../images/container-image";
import { ImageStore } from "../images/image-store";
import { packageFile } from "../package-file";
import { appLabels, machineContainer, mountsVolume } from "./names";
import { LOCAL_ENDPOINT } from "./storage";
import { localScript } from "./script";
import { renderWithTokens } from "../terraform/template-text";

const CONTEXT = packageFile("container/local-machine");

/** How gcsfuse reaches the emulator, and the log that the verdict is made from. */
const LOCAL_GCSFUSE: GcsfuseConfig = {
  "gcs-connection": { "custom-endpoint": LOCAL_ENDPOINT },
  "gcs-auth": { "anonymous-access": true },
  // gcsfuse would look for a hierarchical namespace over gRPC, which the emulator does not have.
  "enable-hns": false,
  logging: { severity: "trace", format: "json" },
};

export interface LocalMachineProps {
  readonly name: string;
  readonly images: ImageStore;
  readonly network: Network;
  readonly dependsOn: ITerraformDependable[];
}

export interface RunOptions {
  readonly dockerSocket: string;
  readonly startTimeout: number;
  readonly dependsOn: ITerraformDependable[];
}

/**
 * Stands in for the VM: a container that runs the VM's scripts, and with them, through the engine's socket, the app's
 * container and gcsfuse's. (The docker provider could not: Terraform would change the Unicode of the app's environment,
 * and only a look into the app's image tells who owns the files.)
 *
 * Its folder for the mounts is a Docker volume in memory that is shared, so that a mount that one container makes there
 * appears in the others, whatever the propagation of the machine's own file systems is.
 */
export class LocalMachine extends Construct {
  /** Where the app's and gcsfuse's containers run. */
  public readonly layout: MachineLayout;
  private readonly folder: Volume;
  private readonly image: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LocalMachineProps,
  ) {
    super(scope, id);
    const { name, images, dependsOn } = props;
    this.image = ContainerImage.fromDirectory(CONTEXT)._bind(this, "local-machine", images).reference;
    this.folder = new Volume(this, "mounts", {
      name: mountsVolume(name),
      labels: appLabels(name),
      driver: "local",
      driverOpts: { type: "tmpfs", device: "tmpfs", o: "shared,size=16m,mode=0755" },
      dependsOn,
    });
    const { mountpoint } = this.folder;
    this.layout = {
      configFolder: `${mountpoint}/config`,
      runFolder: mountpoint,
      containerPrefix: `${name}-`,
      containerLabel: name,
      sidecarNetwork: name,
    };
  }

  /** What is the same in the cloud, with this machine's storage and addresses. */
  public localize(spec: BootSpec, hostAddress: string): BootSpec {
    const ports = spec.app.ports.map((port) => ({ ...port, hostAddress }));
    const mounts = spec.mounts.map((mount) => ({ ...mount, config: mergeGcsfuseConfig(mount.config, LOCAL_GCSFUSE) }));
    return { ...spec, app: { ...spec.app, ports }, mounts };
  }

  /** Runs the app, and waits until it answers. */
  public run(spec: BootSpec, { dockerSocket, startTimeout, dependsOn }: RunOptions): Container {
    const { name } = this.props;
    const { mountpoint } = this.folder;
    // The app's own time comes first.
    const stopTimeout = spec.app.stopTimeout + GCSFUSE_STOP_TIMEOUT + DOCKER_GRACE;
    const container = new Container(this, "container", {
      name: machineContainer(name),
      labels: appLabels(name),
      image: this.image,
      env: [`RUN_FOLDER=${mountpoint}`, `CONTAINER_PREFIX=${this.layout.containerPrefix}`, "REPORT_STATE=false"],
      mounts: [
        // Keeps the volume mounted, while the next one is how mounts are shared.
        { type: "volume", source: this.folder.name, target: "/mnt/volume" },
        { type: "bind", source: mountpoint, target: mountpoint, bindOptions: { propagation: "rshared" } },
        { type: "bind", source: dockerSocket, target: "/var/run/docker.sock" },
      ],
      upload: Object.keys(configFiles(spec))
        .map((file) => ({
          file: `${CONFIG_FOLDER}/${file}`,
          content: renderWithTokens(spec, (plain) => configFiles(plain)[file]),
        }))
        .filter(({ content }) => content !== ""),
      // To mount, and to look into mounts that belong to others.
      capabilities: { drop: ["ALL"], add: ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"] },
      securityOpts: ["apparmor=unconfined"],
      restart: "unless-stopped",
      logOpts: { "max-size": "10m" },
      healthcheck: {
        test: ["CMD", "grep", "-q", "^live", `${mountpoint}/state/app`],
        interval: "5s",
        timeout: "5s",
        retries: 3,
        startPeriod: "30s",
      },
      stopTimeout,
      destroyGraceSeconds: stopTimeout,
      dependsOn: [...dependsOn, this.props.network],
    });
    localScript(this, "live", {
      script: "await-machine.js",
      args: [machineContainer(name), String(startTimeout)],
      triggers: [Token.asString(container.id)],
    });
    return container;
  }
}
