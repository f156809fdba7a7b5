import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { ContainerDeclaration, Declaration, GcsfuseConfig } from "../boot/declaration";
import { mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { machineFiles } from "../boot/machine-files";
import { CONFIG_FOLDER, DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "../boot/paths";
import { packageImage } from "../images/package-image";
import { Precondition } from "../terraform/preconditions";
import { EngineImages } from "./engine-images";
import { LocalMounts } from "./mounts";
import { appLabels, machineContainer } from "./names";
import { LOCAL_ENDPOINT } from "./storage";
import { nodeScript } from "../terraform/node-script";
import { jsonText } from "../terraform/json-text";
import { escapeTemplate } from "../terraform/template-text";

/** The gcsfuse config for the emulator, with the log that the verdict reads. */
const LOCAL_GCSFUSE: GcsfuseConfig = {
  "gcs-connection": { "custom-endpoint": LOCAL_ENDPOINT },
  "gcs-auth": { "anonymous-access": true },
  // gcsfuse asks for a hierarchical namespace over gRPC, which the emulator does not offer.
  "enable-hns": false,
  logging: { severity: "trace", format: "json" },
};

/** The declaration of an app whose mounts use the emulated Cloud Storage. */
export function localize(declaration: Declaration): Declaration {
  const { sidecars } = declaration;
  return {
    ...withLocalMounts(declaration),
    ...(sidecars !== undefined && { sidecars: sidecars.map((sidecar) => withLocalMounts(sidecar)) }),
  };
}

function withLocalMounts<T extends ContainerDeclaration>(container: T): T {
  const mounts = container.mounts.map((mount) => ({
    ...mount,
    gcsfuseConfig: mergeGcsfuseConfig(mount.gcsfuseConfig, LOCAL_GCSFUSE),
  }));
  return { ...container, mounts };
}

export interface LocalMachineProps {
  readonly name: string;
  readonly declaration: Declaration;
  readonly images: EngineImages;
  /** The image that this container's own image is built on. */
  readonly baseImage?: string;
  readonly mounts: LocalMounts;
  /** The network of the app and its sidecars, if there are any: from another one their ports could not be reached. */
  readonly sidecarNetwork?: Network;
  readonly dockerSocket: string;
  /** The checks of unresolved tokens in the files. */
  readonly preconditions: readonly Precondition[];
  readonly dependsOn: ITerraformDependable[];
}

/**
 * The VM's stand-in: a container that runs the VM's scripts, which create the containers of the app and of gcsfuse
 * through the engine's socket. (The docker provider could not: Terraform would normalize the Unicode of the app's
 * environment, and the owner of the files must be looked up in the app's image.) The deployment waits until the app
 * answers.
 */
export class LocalMachine extends Construct {
  public readonly container: Container;

  constructor(scope: Construct, id: string, props: LocalMachineProps) {
    super(scope, id);
    const { name, declaration, images, mounts, sidecarNetwork, preconditions } = props;
    const { mountpoint } = mounts;
    // The app is stopped first, then its sidecars, then gcsfuse.
    const sidecarsStop = Math.max(
      0,
      ...(declaration.sidecars ?? []).map(({ stopTimeoutSeconds }) => stopTimeoutSeconds),
    );
    const stopTimeout = declaration.stopTimeoutSeconds + sidecarsStop + GCSFUSE_STOP_TIMEOUT + DOCKER_GRACE;
    const image = packageImage("local-machine", { baseImage: props.baseImage })._bind(this, "local-machine", images);
    this.container = new Container(this, "container", {
      name: machineContainer(name),
      labels: appLabels(name),
      image,
      env: [
        `RUN_FOLDER=${mountpoint}`,
        `CONTAINER_PREFIX=${name}-`,
        `CONTAINER_LABEL=${name}`,
        `SIDECAR_NETWORK=${name}`,
        "REPORT_STATE=false",
      ],
      mounts: [
        // The first keeps the volume mounted. The second, the same folder with propagation, shares the mounts.
        { type: "volume", source: mounts.volumeName, target: "/mnt/volume" },
        { type: "bind", source: mountpoint, target: mountpoint, bindOptions: { propagation: "rshared" } },
        { type: "bind", source: props.dockerSocket, target: "/var/run/docker.sock" },
      ],
      upload: [
        ...Object.entries(machineFiles()).map(([file, content]) => upload(file, escapeTemplate(content))),
        upload("declaration.json", jsonText(this, "declaration", declaration).expression),
      ],
      networksAdvanced: sidecarNetwork && [{ name: sidecarNetwork.name }],
      // SYS_ADMIN to mount, DAC_OVERRIDE to read mounts that belong to other users.
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
      dependsOn: [...props.dependsOn, ...images.dependables],
      lifecycle: preconditions.length > 0 ? { precondition: [...preconditions] } : undefined,
    });
    nodeScript(this, "live", {
      script: "lib/local/await-machine.cjs",
      environment: { MACHINE: machineContainer(name), TIMEOUT_SECONDS: String(declaration.startTimeoutSeconds) },
      triggers: [Token.asString(this.container.id)],
    });
  }
}

function upload(name: string, content: string) {
  return { file: `${CONFIG_FOLDER}/${name}`, content };
}
