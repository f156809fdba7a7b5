import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { DockerProviderConfig } from "@cdktf/provider-docker/lib/provider";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { isIPv4 } from "net";
import { bootSpec } from "./boot-spec";
import { BootSpec } from "./boot/spec";
import { ContainerAppProps } from "./props/container-app-props";
import { checkBucketName } from "./props/gcs-mount";
import { invalidInput, requireInteger, requireMatch } from "./checks/invalid-input";
import { LocalBucket } from "./local/storage";
import { LocalImages } from "./local/engine-images";
import { LocalMachine } from "./local/machine";
import { filesVolume, mountsVolume } from "./local/names";
import { localScript } from "./local/script";
import { checkAppName } from "./checks/naming";
import { requireProvider } from "./terraform/required-providers";
import { sidecarImage } from "./images/gcsfuse-image";

/** A containerized app on this machine's Docker, with an emulated Cloud Storage. */
export interface LocalGcsBackedContainerAppProps extends ContainerAppProps {
  /**
   * The name that everything is made under, 3 to 27 lower-case letters, digits and hyphens.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * The name of the emulated bucket that the app's mounts have where they name none.
   *
   * @default - the name
   */
  readonly bucketName?: string;

  /**
   * Whether `destroy` deletes the files, too. Otherwise the Docker volume that has them stays, and a later `deploy` finds
   * them again.
   *
   * @default false
   */
  readonly deleteDataOnDestroy?: boolean;

  /**
   * The IPv4 address of this machine that the ports are published on, `0.0.0.0` for all.
   *
   * @default "127.0.0.1"
   */
  readonly hostAddress?: string;

  /**
   * The Docker engine's socket, as a path on the machine where the engine runs.
   *
   * @default "/var/run/docker.sock"
   */
  readonly dockerSocket?: string;

  /**
   * Seconds after which `deploy` fails if the app does not answer, 1 to 86400.
   *
   * @default 300
   */
  readonly startTimeout?: number;
}

/**
 * Runs an unmodified container as `GcsBackedContainerApp` does, from the same props, with real gcsfuse, but on this
 * machine's Docker Engine (Linux) and with an emulated Cloud Storage, so that no account is needed.
 *
 * The stack needs a docker provider, and no google provider.
 *
 * ```ts
 * new DockerProvider(this, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());
 * new LocalGcsBackedContainerApp(this, "gallery", {
 *   image: ContainerImage.fromDirectory("container/demo"),
 *   mounts: [{ path: "/srv/demo-app/demo/uploads" }],
 * });
 * ```
 */
export class LocalGcsBackedContainerApp extends Construct {
  /**
   * The docker provider's configuration: `synth` and the first `diff` work without Docker, and `deploy` says in its own
   * words what is missing. Spread it to add settings of your own.
   */
  public static dockerProviderConfig(): DockerProviderConfig {
    return { disableDockerDaemonCheck: true };
  }

  /** The name of the emulated bucket that the app's mounts have where they name none. */
  public readonly bucketName: string;
  /** Where the app answers, by its first published TCP port; undefined where it publishes none. */
  public readonly url?: string;
  /** The Docker network of gcsfuse and the emulated Cloud Storage. */
  public readonly network: Network;
  /** The container of the emulated Cloud Storage. */
  public readonly storage: Container;
  /** The container that runs the app's and gcsfuse's containers, as the VM does in the cloud. */
  public readonly machine: Container;
  /** The Docker volume that has the files. */
  public readonly volumeName: string;

  /**
   * @param scope a construct of the stack
   * @param id the construct's id: part of every resource's address in the Terraform state
   * @param props what is run, and how it is reached
   * @throws if a prop is not valid; the message says what was given, what is allowed and what to do
   */
  constructor(scope: Construct, id: string, props: LocalGcsBackedContainerAppProps) {
    super(scope, id);
    const { name = id, bucketName = name, hostAddress = "127.0.0.1" } = props;
    checkProps(name, bucketName, props);
    requireProvider(
      this,
      "docker",
      'add new DockerProvider(stack, "docker", LocalGcsBackedContainerApp.dockerProviderConfig()) from @cdktf/provider-docker/lib/provider',
    );
    const checked: ITerraformDependable[] = [
      localScript(this, "check", {
        script: "check-docker.js",
        args: [name, filesVolume(name), mountsVolume(name)],
        triggers: [name],
      }),
    ];
    const images = new LocalImages(this, "images", { name, dependsOn: checked });
    this.network = new Network(this, "network", { name, dependsOn: checked });
    const machine = new LocalMachine(this, "machine", { name, images, network: this.network, dependsOn: checked });
    const spec = bootSpec(props, {
      appImage: props.image._bind(this, "app", images).reference,
      gcsfuseImage: sidecarImage(props.gcsfuse)._bind(this, "gcsfuse", images).reference,
      bucket: bucketName,
      registries: [],
      metadataServerAccess: true,
      layout: machine.layout,
    });
    const local = machine.localize(spec, hostAddress);
    const bucket = new LocalBucket(this, "storage", {
      name,
      images,
      network: this.network,
      buckets: [...new Set(local.mounts.map((mount) => mount.bucket))],
      deleteDataOnDestroy: props.deleteDataOnDestroy ?? false,
      dependsOn: checked,
    });
    this.bucketName = bucketName;
    this.volumeName = bucket.volumeName;
    this.storage = bucket.container;
    this.machine = machine.run(local, {
      dockerSocket: props.dockerSocket ?? "/var/run/docker.sock",
      startTimeout: props.startTimeout ?? 300,
      dependsOn: [this.storage, ...images.dependables],
    });
    this.url = urlOf(local, hostAddress);
  }
}

function urlOf(spec: BootSpec, hostAddress: string): string | undefined {
  const port = spec.app.ports.find(({ protocol }) => protocol === "tcp");
  const host = ["127.0.0.1", "0.0.0.0"].includes(hostAddress) ? "localhost" : hostAddress;
  return port && `http://${host}${port.hostPort === 80 ? "" : `:${port.hostPort}`}`;
}

function checkProps(name: string, bucketName: string, props: LocalGcsBackedContainerAppProps): void {
  checkAppName(name);
  checkBucketName(bucketName);
  if (props.mounts.length === 0) {
    throw invalidInput("mounts", props.mounts, "give at least one folder that the app writes to");
  }
  const { hostAddress, startTimeout } = props;
  if (hostAddress !== undefined && !Token.isUnresolved(hostAddress) && !isIPv4(hostAddress)) {
    throw invalidInput(
      "hostAddress",
      hostAddress,
      'use an IPv4 address of this machine such as "127.0.0.1", or "0.0.0.0" for all of them',
    );
  }
  if (startTimeout !== undefined) {
    requireInteger("startTimeout", startTimeout, 1, 86400);
  }
  if (props.dockerSocket !== undefined) {
    requireMatch(
      "dockerSocket",
      props.dockerSocket,
      /^\//,
      "use the socket's absolute path such as /var/run/docker.sock",
    );
  }
}
