import { Container } from "@cdktf/provider-docker/lib/container";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { configFiles } from "../boot/config-files";
import { mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { CONFIG_FOLDER } from "../boot/paths";
import { BootSpec, GcsfuseConfig } from "../boot/spec";
import { DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "../boot/stop-timeouts";
import { packageImage } from "../images/package-image";
import { Precondition } from "../terraform/preconditions";
import { EngineImages } from "./engine-images";
import { LocalMounts } from "./mounts";
import { appLabels, machineContainer } from "./names";
import { LOCAL_ENDPOINT } from "./storage";
import { nodeScript } from "../terraform/node-script";
import { renderWithTokens } from "../terraform/template-text";

/** How gcsfuse reaches the emulator, and the log that the verdict is made from. */
const LOCAL_GCSFUSE: GcsfuseConfig = {
  "gcs-connection": { "custom-endpoint": LOCAL_ENDPOINT },
  "gcs-auth": { "anonymous-access": true },
  // gcsfuse would look for a hierarchical namespace over gRPC, which the emulator does not have.
  "enable-hns": false,
  logging: { severity: "trace", format: "json" },
};

/** A spec of the app with the emulated Cloud Storage and the log that the verdict is made from. */
export function localize(spec: BootSpec): BootSpec {
  return {
    ...spec,
    mounts: spec.mounts.map((mount) => ({ ...mount, config: mergeGcsfuseConfig(mount.config, LOCAL_GCSFUSE) })),
  };
}

export interface LocalMachineProps {
  readonly name: string;
  readonly spec: BootSpec;
  readonly images: EngineImages;
  /** The image that this container's own image is built on. */
  readonly baseImage?: string;
  readonly mounts: LocalMounts;
  readonly dockerSocket: string;
  readonly startTimeoutSeconds: number;
  /** What must be true of the values that are unresolved at synthesis. */
  readonly preconditions: readonly Precondition[];
  readonly dependsOn: ITerraformDependable[];
}

/**
 * Stands in for the VM: a container that runs the VM's scripts, and with them, through the engine's socket, the app's
 * container and gcsfuse's. (The docker provider could not: Terraform would change the Unicode of the app's environment,
 * and only a look into the app's image tells who owns the files.) The deployment waits until the app answers.
 */
export class LocalMachine extends Construct {
  public readonly container: Container;

  constructor(scope: Construct, id: string, props: LocalMachineProps) {
    super(scope, id);
    const { name, spec, images, mounts, preconditions } = props;
    const { mountpoint } = mounts;
    // The app's own time comes first.
    const stopTimeout = spec.app.stopTimeout + GCSFUSE_STOP_TIMEOUT + DOCKER_GRACE;
    const image = packageImage("local-machine", { baseImage: props.baseImage })._bind(this, "local-machine", images);
    this.container = new Container(this, "container", {
      name: machineContainer(name),
      labels: appLabels(name),
      image,
      env: [`RUN_FOLDER=${mountpoint}`, `CONTAINER_PREFIX=${spec.layout.containerPrefix}`, "REPORT_STATE=false"],
      mounts: [
        // Keeps the volume mounted, while the next one is how mounts are shared.
        { type: "volume", source: mounts.volumeName, target: "/mnt/volume" },
        { type: "bind", source: mountpoint, target: mountpoint, bindOptions: { propagation: "rshared" } },
        { type: "bind", source: props.dockerSocket, target: "/var/run/docker.sock" },
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
      dependsOn: props.dependsOn,
      lifecycle: preconditions.length > 0 ? { precondition: [...preconditions] } : undefined,
    });
    nodeScript(this, "live", {
      script: "lib/local/await-machine.cjs",
      environment: { MACHINE: machineContainer(name), TIMEOUT_SECONDS: String(props.startTimeoutSeconds) },
      triggers: [Token.asString(this.container.id)],
    });
  }
}
