import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeInstance } from "@cdktf/provider-google/lib/compute-instance";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { Annotations, ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { ApiServices } from "./cloud/api-services";
import { grantObjects, makeBucket } from "./cloud/bucket";
import { AppIdentity } from "./cloud/identity";
import { AppIngress } from "./cloud/ingress";
import { AppMachine } from "./cloud/machine";
import { bootSpec } from "./boot-spec";
import { renderCloudConfig } from "./boot/cloud-config";
import { COS_LAYOUT } from "./boot/paths";
import { BootSpec } from "./boot/spec";
import { BucketOptions } from "./props/bucket-options";
import { ContainerAppProps } from "./props/container-app-props";
import { ContainerImage } from "./images/container-image";
import { pauseCreationStacks } from "./terraform/creation-stacks";
import { secretNames } from "./props/environment";
import { checkBucketName } from "./props/gcs-mount";
import { ImageRegistry } from "./cloud/artifact-registry-images";
import { invalidInput } from "./checks/invalid-input";
import { checkZone, regionOf } from "./checks/location";
import { MachineOptions } from "./props/machine-options";
import { checkAppName, checkLabels, checkProject } from "./checks/naming";
import { checkNetwork, NetworkOptions, NetworkTier } from "./props/network-options";
import { requireProvider } from "./terraform/required-providers";
import { sidecarImage } from "./images/gcsfuse-image";
import { renderWithTokens } from "./terraform/template-text";

/** A containerized app, its bucket, and the VM that brings them together. */
export interface GcsBackedContainerAppProps extends ContainerAppProps {
  /** The id of the Google Cloud project that everything is made in. */
  readonly project: string;

  /** The zone of the VM, for example `us-east1-b`; bucket, images and address are in its region. */
  readonly zone: string;

  /**
   * The name that everything is made under, 3 to 27 lower-case letters, digits and hyphens.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * The name of an existing bucket for the files, instead of one that is made for the app. The app's service account is
   * granted access to its objects; nothing else of it is touched, and it stays when the app is destroyed.
   *
   * @default - a bucket is made
   */
  readonly existingBucket?: string;

  /**
   * The bucket that is made.
   *
   * @default - private, versioned, in the region of the zone, and never removed while it has files
   */
  readonly bucketOptions?: BucketOptions;

  /**
   * The VM's place in the network, and who may reach the app.
   *
   * @default - the default network, a static external address, reachable from anywhere on the published ports
   */
  readonly network?: NetworkOptions;

  /**
   * The VM.
   *
   * @default - an e2-small with the newest stable Container-Optimized OS
   */
  readonly machine?: MachineOptions;

  /**
   * Labels of everything that can have some.
   *
   * @default - `app` with the app's name
   * @see https://cloud.google.com/compute/docs/labeling-resources
   */
  readonly labels?: { [key: string]: string };

  /**
   * Whether the Google APIs that are used are enabled, once for all apps of a stack in the same project and region.
   * They are never disabled. Needs node where Terraform runs.
   *
   * @default true
   */
  readonly enableApis?: boolean;
}

/**
 * Runs an unmodified container on a Container-Optimized OS VM, with the folders that it writes to in Cloud Storage.
 *
 * The stack needs a google provider, and a docker provider where an image is built here.
 *
 * ```ts
 * new GcsBackedContainerApp(this, "gallery", {
 *   project: "my-project",
 *   zone: "us-east1-b",
 *   image: ContainerImage.fromDirectory("container/demo"),
 *   mounts: [{ path: "/srv/demo-app/demo/uploads" }],
 * });
 * ```
 */
export class GcsBackedContainerApp extends Construct {
  /** The name of the bucket that the app's mounts have where they name none. */
  public readonly bucketName: string;
  /** The bucket that was made; undefined where an existing one is used. */
  public readonly bucket?: StorageBucket;
  /** The VM's service account. */
  public readonly serviceAccount: ServiceAccount;
  /** The VM. */
  public readonly instance: ComputeInstance;
  /** The static address; undefined for a VM without external address. */
  public readonly address?: ComputeAddress;
  /** The Artifact Registry repository of the images that are built here, if any. */
  public readonly repository?: ArtifactRegistryRepository;
  /** Where the app answers, by its first published TCP port; undefined where it publishes none. */
  public readonly url?: string;
  /** The VM's boot metadata (`user-data`), as cloud-init reads it. */
  public readonly userData: string;

  /**
   * @param scope a construct of the stack
   * @param id the construct's id: part of every resource's address in the Terraform state
   * @param props what is run, and where
   * @throws if a prop is not valid; the message says what was given, what is allowed and what to do
   */
  constructor(scope: Construct, id: string, props: GcsBackedContainerAppProps) {
    super(scope, id);
    const { project, zone, name = id, network = {}, machine = {}, existingBucket } = props;
    checkProps(name, props);
    requireProvider(
      this,
      "google",
      'add new GoogleProvider(stack, "google", { project, zone }) from @cdktf/provider-google/lib/provider',
    );
    warnOfSecrets(this, props.environment ?? {});
    const region = regionOf(zone);
    const labels = { app: name, ...props.labels };
    checkLabels(labels);

    const resumeCreationStacks = pauseCreationStacks();
    try {
      const gcsfuseImage = sidecarImage(props.gcsfuse);
      const services = this.enableApis(props, region, [props.image, gcsfuseImage]);
      const identity = new AppIdentity(this, "identity", {
        name,
        project,
        logging: machine.logging ?? true,
        monitoring: machine.monitoring ?? true,
        dependsOn: services,
      });
      this.serviceAccount = identity.serviceAccount;
      const { member } = this.serviceAccount;

      if (existingBucket === undefined) {
        const options = props.bucketOptions ?? {};
        this.bucket = makeBucket(this, "bucket", { name, project, region, labels, options, dependsOn: services });
      }
      this.bucketName = this.bucket?.name ?? existingBucket!;

      const images = new ImageRegistry(this, "images", {
        name,
        project,
        location: region,
        labels,
        member,
        dependsOn: services,
      });
      const spec = bootSpec(props, {
        appImage: props.image._bind(this, "app", images).reference,
        gcsfuseImage: gcsfuseImage._bind(this, "gcsfuse", images).reference,
        bucket: this.bucketName,
        registries: [...images.hosts].sort(),
        metadataServerAccess: machine.metadataServerAccess ?? false,
        layout: COS_LAYOUT,
      });
      this.repository = images.repository;
      this.userData = renderWithTokens(spec, renderCloudConfig);

      new AppIngress(this, "ingress", {
        name,
        tag: name,
        project: network.networkProject ?? project,
        network: network.network ?? "default",
        ports: spec.app.ports,
        sourceRanges: network.sourceRanges ?? ["0.0.0.0/0"],
        iapSsh: network.iapSsh ?? false,
        dependsOn: services,
      });
      const { instance, address } = new AppMachine(this, "machine", {
        name,
        tags: [name, ...(network.networkTags ?? [])],
        project,
        region,
        zone,
        network: network.network ?? "default",
        subnetwork: network.subnetwork,
        networkProject: network.networkProject,
        externalAddress: network.externalAddress ?? true,
        networkTier: network.networkTier ?? NetworkTier.STANDARD,
        serviceAccountEmail: this.serviceAccount.email,
        userData: this.userData,
        labels,
        options: machine,
        services,
        dependsOn: [...this.grantBuckets(spec, services), ...identity.dependables, ...images.dependables],
      });
      this.instance = instance;
      this.address = address;
      this.url = this.urlOf(spec);
    } finally {
      resumeCreationStacks();
    }
  }

  private enableApis(
    props: GcsBackedContainerAppProps,
    region: string,
    images: ContainerImage[],
  ): ITerraformDependable[] {
    if (props.enableApis === false) {
      return [];
    }
    const used = [
      "cloudresourcemanager",
      "compute",
      "iam",
      "storage",
      ...(images.some((image) => image._usesArtifactRegistry()) ? ["artifactregistry"] : []),
      ...(props.machine?.logging === false ? [] : ["logging"]),
      ...(props.machine?.monitoring === false ? [] : ["monitoring"]),
      ...(props.network?.iapSsh ? ["iap"] : []),
    ];
    const services = ApiServices.shared(this, "services", { project: props.project, region });
    return services.use(used.map((service) => `${service}.googleapis.com`));
  }

  /** One grant for each bucket; to read only where no mount writes. */
  private grantBuckets(spec: BootSpec, dependsOn: ITerraformDependable[]): ITerraformDependable[] {
    const buckets = spec.mounts.map((mount) => mount.bucket);
    return [...new Set(buckets)].map((bucket) =>
      grantObjects(this, this.grantId(bucket, buckets.indexOf(bucket)), {
        bucket,
        member: this.serviceAccount.member,
        readOnly: spec.mounts.every((mount) => mount.bucket !== bucket || mount.readOnly),
        dependsOn,
      }),
    );
  }

  /** A bucket whose name only Terraform knows goes by the mount that names it first. */
  private grantId(bucket: string, mount: number): string {
    if (bucket === this.bucket?.nameInput) {
      throw invalidInput("bucket", bucket, "it is the app's own bucket: leave it out of the mount");
    }
    const own = bucket === this.bucketName;
    return own ? "bucket-access" : `bucket-access-${Token.isUnresolved(bucket) ? mount : bucket}`;
  }

  private urlOf(spec: BootSpec): string | undefined {
    const port = spec.app.ports.find(({ protocol }) => protocol === "tcp");
    if (port === undefined) {
      return undefined;
    }
    const host = this.address?.address ?? this.instance.networkInterface.get(0).networkIp;
    return `http://${host}${port.hostPort === 80 ? "" : `:${port.hostPort}`}`;
  }
}

function warnOfSecrets(scope: Construct, environment: { [name: string]: string }): void {
  for (const name of secretNames(environment)) {
    Annotations.of(scope).addWarning(
      `environment variable "${name}" looks like a secret: its value can be read in the Terraform state and in the VM's metadata; let the app read it from elsewhere`,
    );
  }
}

function checkProps(name: string, props: GcsBackedContainerAppProps): void {
  checkAppName(name);
  checkProject(props.project);
  checkZone(props.zone);
  if (props.existingBucket !== undefined) {
    checkBucketName(props.existingBucket);
    if (props.bucketOptions !== undefined) {
      throw invalidInput(
        "existingBucket",
        props.existingBucket,
        "bucketOptions are for a bucket that is made, and an existing one is left as it is: give only one of the two",
      );
    }
  }
  if (props.mounts.length === 0) {
    throw invalidInput("mounts", props.mounts, "give at least one folder that the app writes to");
  }
  checkNetwork(props.network ?? {}, { name, publishesPorts: props.ports?.length !== 0 });
}
