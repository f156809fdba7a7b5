import { Container } from "@cdktf/provider-docker/lib/container";
import { Network } from "@cdktf/provider-docker/lib/network";
import { DockerProviderConfig } from "@cdktf/provider-docker/lib/provider";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { nameConstructInErrors } from "./checks/name-construct";
import { bindImages } from "./bind-images";
import { containersOf } from "./boot/declaration";
import { declare } from "./declare";
import { EngineImages } from "./local/engine-images";
import { LocalMachine, localize } from "./local/machine";
import { LocalMounts } from "./local/mounts";
import {
  appLabels,
  diskVolume,
  filesVolume,
  LOCAL_PROJECT,
  mountsVolume,
  sidecarContainer,
  sidecarNetwork,
} from "./local/names";
import { LocalStorage } from "./local/storage";
import { allDisks, mountLists } from "./props/container-app-props";
import { ResolvedDisk } from "./props/disk";
import { PROXY_NAME } from "./props/https-proxy";
import {
  LocalAppSpec,
  LocalGcsBackedContainerAppProps,
  resolveLocalApp,
} from "./props/local-gcs-backed-container-app-props";
import { browsedHost, localUrl, ROOT_CERTIFICATE } from "./props/local-https";
import { requireSeparateFolders } from "./props/mount-folders";
import { urlOf } from "./props/port-mapping";
import { nodeScript } from "./terraform/node-script";
import { tokenPreconditions } from "./terraform/preconditions";
import { requireProvider } from "./terraform/required-providers";
import { claimName } from "./terraform/unique-names";
import { httpsTokenChecks, tokenChecks } from "./token-checks";

/**
 * Runs an unmodified container as `GcsBackedContainerApp` does, from the same props and with real gcsfuse, but on the
 * Docker Engine of your computer (Linux) and with an emulated Cloud Storage, so that no account is needed.
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
   * The docker provider's configuration. With it `synth` and the first `diff` work without Docker, and `deploy` says in
   * one sentence what is missing. Spread it to add settings of your own.
   */
  public static dockerProviderConfig(): DockerProviderConfig {
    return { disableDockerDaemonCheck: true };
  }

  /** The name of the emulated bucket of the mounts that name none. */
  public readonly bucketName: string;
  /** The URL of the app, by `https`, or by its first published TCP port; undefined if it publishes none. */
  public readonly url?: string;
  /**
   * The command that copies the root certificate of the authority of `https` into the working directory, for browsers and
   * programs to trust; undefined without `https`.
   */
  public readonly rootCertificateCommand?: string;
  /** The Docker network of gcsfuse and the emulated Cloud Storage. */
  public readonly network: Network;
  /** The container of the emulated Cloud Storage. */
  public readonly storage: Container;
  /** The VM's stand-in: the container that runs those of the app and of gcsfuse. */
  public readonly machine: Container;
  /** The name of the Docker volume with the files. */
  public readonly volumeName: string;

  /**
   * @param scope a construct of the stack
   * @param id the construct's id: part of every resource's address in the Terraform state
   * @param props the app, and its local settings
   * @throws if a prop is not valid; the message says what was given, what is allowed and what to do
   */
  constructor(scope: Construct, id: string, props: LocalGcsBackedContainerAppProps) {
    super(scope, id);
    const { spec, network, storage, machine } = nameConstructInErrors(this, () => createApp(this, id, props));
    this.bucketName = spec.bucketName;
    this.network = network;
    this.volumeName = storage.volumeName;
    this.storage = storage.container;
    this.machine = machine.container;
    const host = browsedHost(spec.hostAddress);
    this.url = spec.https === undefined ? urlOf(host, spec.app.ports) : localUrl(host, spec.https);
    this.rootCertificateCommand = spec.https && rootCertificateCommand(spec.name);
  }
}

/** Creates the resources in the order of their dependencies. */
function createApp(scope: Construct, id: string, props: LocalGcsBackedContainerAppProps) {
  const spec = resolveLocalApp(id, props);
  const { name, bucketName, hostAddress, baseImage, app } = spec;
  requireSeparateFolders(scope, mountLists(app), bucketName);
  claimName(scope, "local-app", "name", name);
  requireProvider(
    scope,
    "docker",
    'add new DockerProvider(stack, "docker", LocalGcsBackedContainerApp.dockerProviderConfig()) from @cdktf/provider-docker/lib/provider/index.js',
  );
  const volumes = [filesVolume(name), mountsVolume(name), ...allDisks(app).map((disk) => diskVolume(name, disk.name))];
  const checked: ITerraformDependable[] = [
    nodeScript(scope, "check", {
      script: "lib/local/check-docker.cjs",
      environment: { APP: name, VOLUMES: volumes.join(" ") },
      triggers: [name, ...volumes.slice(2)],
    }),
  ];
  const images = new EngineImages(scope, "images", { name, dependsOn: checked });
  const network = new Network(scope, "network", { name, dependsOn: checked });
  const sidecars =
    app.sidecars.length === 0
      ? undefined
      : new Network(scope, "sidecars", { name: sidecarNetwork(name), labels: appLabels(name), dependsOn: checked });
  const mounts = new LocalMounts(scope, "mounts", { name, dependsOn: checked });
  const declaration = localize(
    declare(app, {
      images: bindImages(scope, app, images),
      project: LOCAL_PROJECT,
      bucket: bucketName,
      registries: [],
      metadataServerAccess: true,
      hostAddress,
    }),
  );
  const storage = new LocalStorage(scope, "storage", {
    name,
    images,
    baseImage,
    network,
    buckets: [
      ...new Set(containersOf(declaration).flatMap(({ container }) => container.mounts.map(({ bucket }) => bucket))),
    ],
    deleteDataOnDestroy: spec.deleteDataOnDestroy,
    dependsOn: checked,
  });
  const machine = new LocalMachine(scope, "machine", {
    name,
    declaration,
    images,
    baseImage,
    mounts,
    sidecarNetwork: sidecars,
    dockerSocket: spec.dockerSocket,
    disks: allDisks(app).map((disk) => ({ name: disk.name, deleteDataOnDestroy: losesData(disk, spec) })),
    secretsFile: spec.secretsFile,
    preconditions: tokenPreconditions([
      ...(app.https === undefined ? [] : httpsTokenChecks(app.https, hostAddress)),
      ...tokenChecks(declaration),
    ]),
    dependsOn: [storage.container, network, ...(sidecars === undefined ? [] : [sidecars])],
  });
  return { spec, network, storage, machine };
}

function rootCertificateCommand(name: string): string {
  return `docker cp ${sidecarContainer(name, PROXY_NAME)}:${ROOT_CERTIFICATE} ${name}-root.crt`;
}

/** Whether a disk's volume goes with the app: because of its own option, or of that for all files. */
function losesData({ disk }: ResolvedDisk, { deleteDataOnDestroy }: LocalAppSpec): boolean {
  return deleteDataOnDestroy || (typeof disk !== "string" && disk.deleteDataOnDestroy);
}
