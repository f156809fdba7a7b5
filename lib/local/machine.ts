import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { App, ITerraformDependable, TerraformStack, Token } from "cdktf";
import { Construct } from "constructs";
import { ContainerDeclaration, containersOf, Declaration, GcsfuseConfig } from "../boot/declaration";
import { mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { machineFiles } from "../boot/machine-files";
import { CONFIG_FOLDER, DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "../boot/paths";
import * as path from "path";
import { packageImage } from "../images/package-image";
import { Precondition } from "../terraform/preconditions";
import { EngineImages } from "./engine-images";
import { LocalMounts } from "./mounts";
import { keptVolume } from "./kept-volume";
import { appLabels, diskVolume, diskVolumePrefix, machineContainer } from "./names";
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
/** Where the machine has the Docker volumes that play the disks. */
const DISK_FOLDERS = "/mnt/disks";

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
  /** The disks, each played by a Docker volume. */
  readonly disks: readonly LocalDisk[];
  /** The file with the secrets' values, which is read when the app is deployed. */
  readonly secretsFile: string;
  /** The checks of unresolved tokens in the files. */
  readonly preconditions: readonly Precondition[];
  readonly dependsOn: ITerraformDependable[];
}

export interface LocalDisk {
  readonly name: string;
  readonly deleteDataOnDestroy: boolean;
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
    const hasSecrets = containersOf(declaration).some(({ container }) => container.secrets ?? container.secretFiles);
    // The app is stopped first, then its sidecars, then gcsfuse.
    const sidecarsStop = Math.max(
      0,
      ...(declaration.sidecars ?? []).map(({ stopTimeoutSeconds }) => stopTimeoutSeconds),
    );
    const stopTimeout = declaration.stopTimeoutSeconds + sidecarsStop + GCSFUSE_STOP_TIMEOUT + DOCKER_GRACE;
    const image = packageImage("local-machine", { baseImage: props.baseImage })._bind(this, "local-machine", images);
    const volumes = props.disks.map((disk) => ({
      name: disk.name,
      volumeName: diskVolume(name, disk.name),
      deleteDataOnDestroy: disk.deleteDataOnDestroy,
    }));
    const disks = volumes.map(({ name: disk, volumeName, deleteDataOnDestroy }) =>
      keptVolume(this, `disk-${disk}`, {
        app: name,
        volumeName,
        deleteDataOnDestroy,
        triggers: [image],
        dependsOn: props.dependsOn,
      }),
    );
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
        ...(volumes.length > 0 ? [`DISK_VOLUME_PREFIX=${diskVolumePrefix(name)}`, `DISK_FOLDERS=${DISK_FOLDERS}`] : []),
        ...(hasSecrets ? [`SECRETS_FOLDER=${mountpoint}/secrets`] : []),
      ],
      mounts: [
        // The first keeps the volume mounted. The second, the same folder with propagation, shares the mounts.
        { type: "volume", source: mounts.volumeName, target: "/mnt/volume" },
        { type: "bind", source: mountpoint, target: mountpoint, bindOptions: { propagation: "rshared" } },
        { type: "bind", source: props.dockerSocket, target: "/var/run/docker.sock" },
        // Empty ones stay empty here: docker fills them from the image of the container that has them as its disks.
        ...volumes.map((volume) => ({
          type: "volume",
          source: volume.volumeName,
          target: `${DISK_FOLDERS}/${volume.name}`,
        })),
      ],
      upload: [
        ...Object.entries(machineFiles()).map(([file, content]) => upload(file, escapeTemplate(content))),
        upload("declaration.json", jsonText(this, "declaration", declaration).expression),
      ],
      networksAdvanced: sidecarNetwork && [{ name: sidecarNetwork.name }],
      // SYS_ADMIN to mount, DAC_OVERRIDE to read mounts that belong to other users, CHOWN to give others secrets and the
      // folders on a disk at which something is mounted.
      capabilities: {
        drop: ["ALL"],
        add: ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", ...(hasSecrets || volumes.length > 0 ? ["CAP_CHOWN"] : [])],
      },
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
      dependsOn: [...props.dependsOn, ...images.dependables, ...disks],
      lifecycle: preconditions.length > 0 ? { precondition: [...preconditions] } : undefined,
    });
    const triggers = [Token.asString(this.container.id)];
    const given = hasSecrets
      ? nodeScript(this, "secrets", {
          script: "lib/local/give-secrets.cjs",
          environment: { MACHINE: machineContainer(name), SECRETS_FILE: fromStack(this, props.secretsFile) },
          triggers,
        })
      : undefined;
    nodeScript(this, "live", {
      script: "lib/local/await-machine.cjs",
      environment: { MACHINE: machineContainer(name), TIMEOUT_SECONDS: String(declaration.startTimeoutSeconds) },
      triggers,
      dependsOn: given && [given],
    });
  }
}

/** The path of a file of the working directory, from where Terraform runs: the same in every clone. */
function fromStack(scope: Construct, file: string): string {
  const app = App.of(scope);
  const { workingDirectory } = app.manifest.forStack(TerraformStack.of(scope));
  return path.isAbsolute(file) ? file : path.relative(path.resolve(app.outdir, workingDirectory), path.resolve(file));
}

function upload(name: string, content: string) {
  return { file: `${CONFIG_FOLDER}/${name}`, content };
}
