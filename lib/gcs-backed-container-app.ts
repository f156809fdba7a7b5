import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeInstance } from "@cdktf/provider-google/lib/compute-instance";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { DockerProviderConfig } from "@cdktf/provider-docker/lib/provider";
import { Annotations, ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { bindImages } from "./bind-images";
import { containersOf, Declaration } from "./boot/declaration";
import { invalidInput } from "./checks/invalid-input";
import { checkZone, regionOf } from "./checks/location";
import { nameConstructInErrors } from "./checks/name-construct";
import { ApiServices } from "./cloud/api-services";
import { ArtifactRegistryImages } from "./cloud/artifact-registry-images";
import { createBucket, grantObjects } from "./cloud/bucket";
import { clientConfig } from "./cloud/client-config";
import { attachedDisk } from "./cloud/disk";
import { createDnsRecords, dnsRecordLines } from "./cloud/dns-records";
import { AppIdentity } from "./cloud/identity";
import { AppIngress } from "./cloud/ingress";
import { logsUrl, statusCommand } from "./cloud/links";
import { AppMachine } from "./cloud/machine";
import { grantSecrets } from "./cloud/secret-grants";
import { allDisks, allPorts, imagesOf, mountLists, secretIdsOf, usesSecrets } from "./props/container-app-props";
import { CloudAppSpec, GcsBackedContainerAppProps, resolveCloudApp } from "./props/gcs-backed-container-app-props";
import { diskName, nameIn } from "./props/disk";
import { requireSeparateFolders } from "./props/mount-folders";
import { requireNoOtherWriters } from "./props/other-writers";
import { urlOf } from "./props/port-mapping";
import { cloudWarnings } from "./cloud-warnings";
import { declare } from "./declare";
import { withoutCreationStacks } from "./terraform/creation-stacks";
import { tokenPreconditions } from "./terraform/preconditions";
import { jsonText } from "./terraform/json-text";
import { googleProviderSettings } from "./terraform/provider-settings";
import { requireProvider } from "./terraform/required-providers";
import { idPart, referent } from "./terraform/template-text";
import { claimName } from "./terraform/unique-names";
import { httpsTokenChecks, tokenChecks } from "./token-checks";

/**
 * Runs an unmodified container on a Container-Optimized OS VM, with the folders that it writes to in Cloud Storage.
 *
 * The stack needs a google provider, and a docker provider where an image is built here.
 *
 * ```ts
 * new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });
 * new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));
 * new GcsBackedContainerApp(this, "gallery", {
 *   image: ContainerImage.fromDirectory("container/demo"),
 *   mounts: [{ path: "/srv/demo-app/demo/uploads" }],
 * });
 * ```
 */
export class GcsBackedContainerApp extends Construct {
  /**
   * The docker provider's configuration for pushing to Artifact Registry in the region of a zone, with the identity of
   * the google provider. Spread it to add settings of your own.
   *
   * @param scope a construct of the stack that has the provider
   * @param zone the app's zone. Default: the google provider's, which must then be added to the stack before
   * @throws if the zone is not valid, or if neither the call nor the provider has one
   * @see https://registry.terraform.io/providers/kreuzwerker/docker/3.6.2/docs#registry-credentials
   */
  public static dockerProviderConfig(scope: Construct, zone?: string): DockerProviderConfig {
    const provider = googleProviderSettings(scope);
    const known = zone ?? provider.zone;
    if (known === undefined) {
      throw new Error(
        `zone is missing: ${provider.absence}: pass the app's zone as the second argument, dockerProviderConfig(stack, zone), or add a google provider with a zone and without alias to the stack before`,
      );
    }
    checkZone(known);
    return {
      registryAuth: [
        {
          address: `${regionOf(known)}-docker.pkg.dev`,
          username: "oauth2accesstoken",
          password: clientConfig(scope).accessToken,
        },
      ],
    };
  }

  /** The name of the bucket of the mounts that name none. */
  public readonly bucketName: string;
  /** The bucket that was created; undefined for an existing one. */
  public readonly bucket?: StorageBucket;
  /** The VM's service account. */
  public readonly serviceAccount: ServiceAccount;
  /** The VM. */
  public readonly instance: ComputeInstance;
  /** The static address; undefined for a VM without external address. */
  public readonly address?: ComputeAddress;
  /** The Artifact Registry repository of the built images; undefined if none is built. */
  public readonly repository?: ArtifactRegistryRepository;
  /**
   * The URL of the app: by the first domain of `https`, or by its address and its first published TCP port; undefined if it
   * publishes none.
   */
  public readonly url?: string;
  /**
   * The DNS records that you create for the domains of `https`, as lines of a zone file; undefined without `https`, or if they are
   * created in its `dnsZone`.
   */
  public readonly dnsRecords?: string[];
  /** The command that reads the state that the VM reports: whether the app is live, and if not, why. */
  public readonly statusCommand: string;
  /** The link to the logs of the app and of gcsfuse in Cloud Logging. */
  public readonly logsUrl: string;

  /**
   * @param scope a construct of the stack
   * @param id the construct's id: part of every resource's address in the Terraform state
   * @param props the app, its bucket and its VM
   * @throws if a prop is not valid; the message says what was given, what is allowed and what to do
   */
  constructor(scope: Construct, id: string, props: GcsBackedContainerAppProps) {
    super(scope, id);
    const { spec, parts } = nameConstructInErrors(this, () => createApp(this, id, props));
    this.bucket = parts.bucket;
    this.bucketName = parts.bucketName;
    this.serviceAccount = parts.serviceAccount;
    this.repository = parts.repository;
    this.instance = parts.instance;
    this.address = parts.address;
    const { https, ports } = spec.app;
    this.url = https === undefined ? urlOf(parts.host, ports) : `https://${https.domains[0]}`;
    this.dnsRecords =
      https !== undefined && https.dnsZone === undefined ? dnsRecordLines(https.domains, parts.host) : undefined;
    this.statusCommand = statusCommand(spec);
    this.logsUrl = logsUrl(spec);
  }
}

/** Reserves the names that two apps of a stack must not share. */
function claimNames(scope: Construct, { name, project, region, zone, app, bucket }: CloudAppSpec): void {
  claimName(scope, "cloud-app", "name", name, project);
  claimName(scope, "disk", "disk", name, `${project}/${zone}`);
  for (const one of allDisks(app)) {
    if (typeof one.disk === "string") {
      claimName(scope, "disk", "existingDisk", nameIn(one.disk), `${project}/${zone}`);
      continue;
    }
    claimName(scope, "disk", "disk", diskName(name, one), `${project}/${zone}`);
    if (one.disk.snapshots !== undefined) {
      claimName(scope, "snapshot-schedule", "disk", diskName(name, one), `${project}/${region}`);
    }
  }
  if (app.https?.dnsZone !== undefined) {
    // The record of each is one resource of the zone.
    app.https.domains.forEach((domain) => claimName(scope, "domain", "https.domains", domain));
  }
  if (typeof bucket !== "string") {
    claimName(scope, "bucket", "bucket", bucket.name);
  }
}

function createApp(scope: Construct, id: string, props: GcsBackedContainerAppProps) {
  const spec = resolveCloudApp(id, props, googleProviderSettings(scope));
  const bucketName = typeof spec.bucket === "string" ? spec.bucket : spec.bucket.name;
  requireSeparateFolders(scope, mountLists(spec.app), bucketName);
  claimNames(scope, spec);
  requireProvider(
    scope,
    "google",
    'add new GoogleProvider(stack, "google", { project, zone }) from @cdktf/provider-google/lib/provider/index.js',
  );
  cloudWarnings(spec).forEach((warning) => Annotations.of(scope).addWarning(warning));
  const parts = withoutCreationStacks(() => createParts(scope, spec));
  requireNoOtherWriters(scope, mountLists(spec.app), { name: bucketName, reference: parts.bucketName });
  return { spec, parts };
}

/** Creates the resources in the order of their dependencies. */
function createParts(scope: Construct, spec: CloudAppSpec) {
  const { name, project, region, labels, machine, app } = spec;
  const services = enableApis(scope, spec);
  const identity = new AppIdentity(scope, "identity", {
    name,
    project,
    mounts: mountLists(app).flatMap(({ mounts }) => mounts),
    pulls: usesArtifactRegistry(app),
    readsSecrets: usesSecrets(app),
    logging: machine.logging,
    monitoring: machine.monitoring,
    dependsOn: services,
  });
  const { serviceAccount } = identity;
  const bucket =
    typeof spec.bucket === "string"
      ? undefined
      : createBucket(scope, "bucket", { project, region, labels, bucket: spec.bucket, dependsOn: services });
  const bucketName = bucket?.name ?? (spec.bucket as string);
  const images = new ArtifactRegistryImages(scope, "images", {
    name,
    project,
    location: region,
    labels,
    member: serviceAccount.member,
    dependsOn: services,
  });
  const declaration = declare(app, {
    images: bindImages(scope, app, images),
    project,
    bucket: bucketName,
    registries: [...images.hosts].sort(),
    metadataServerAccess: machine.metadataServerAccess,
    diskName: (disk) => diskName(name, disk),
  });
  const ingress = new AppIngress(scope, "ingress", {
    name,
    project,
    network: spec.network,
    ports: allPorts(app),
    serviceAccountEmail: serviceAccount.email,
    dependsOn: services,
  });
  const grants = grantBuckets(scope, {
    declaration,
    bucket,
    bucketName,
    member: serviceAccount.member,
    dependsOn: services,
  });
  const { zone } = spec;
  const { machineType } = machine;
  const attachedDisks = allDisks(app).map((disk) =>
    attachedDisk(scope, disk, { name, project, region, zone, labels, machineType, dependsOn: services }),
  );
  const secretGrants = grantSecrets(scope, {
    secrets: secretIdsOf(app, project),
    project,
    member: serviceAccount.member,
    dependsOn: services,
  });
  const { instance, address } = new AppMachine(scope, "machine", {
    spec,
    attachedDisks,
    ingressTags: ingress.tags,
    serviceAccountEmail: serviceAccount.email,
    declaration: jsonText(scope, "declaration", declaration),
    preconditions: tokenPreconditions([
      ...(app.https === undefined ? [] : httpsTokenChecks(app.https)),
      ...tokenChecks(declaration).filter(({ value }) => bucket === undefined || value !== bucketName),
    ]),
    services,
    dependsOn: [...grants, ...secretGrants, ...identity.dependables, ...images.dependables],
  });
  const host = address?.address ?? instance.networkInterface.get(0).networkIp;
  if (app.https?.dnsZone !== undefined) {
    const { domains, dnsZone } = app.https;
    createDnsRecords(scope, { project, zone: dnsZone, domains, address: host, dependsOn: services });
  }
  return { bucket, bucketName, serviceAccount, repository: images.repository, instance, address, host };
}

function enableApis(scope: Construct, spec: CloudAppSpec): ITerraformDependable[] {
  if (!spec.enableApis) {
    return [];
  }
  const { project, region, machine, network, app } = spec;
  const used = [
    "cloudresourcemanager",
    "compute",
    "iam",
    "storage",
    ...(usesArtifactRegistry(app) ? ["artifactregistry"] : []),
    ...(usesSecrets(app) ? ["secretmanager"] : []),
    ...(machine.logging ? ["logging"] : []),
    ...(machine.monitoring ? ["monitoring"] : []),
    ...(network.iapSsh ? ["iap"] : []),
    ...(app.https?.dnsZone === undefined ? [] : ["dns"]),
  ];
  return ApiServices.of(scope, { project, region }).use(used.map((service) => `${service}.googleapis.com`));
}

function usesArtifactRegistry(app: CloudAppSpec["app"]): boolean {
  return imagesOf(app).some(({ prop, image }) => image._usesArtifactRegistry(prop));
}

interface BucketGrants {
  readonly declaration: Declaration;
  /** The app's own bucket, if it was created. */
  readonly bucket?: StorageBucket;
  readonly bucketName: string;
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/**
 * Grants access to each bucket, read-only if all of its mounts are. Two tokens may refer to one bucket. An id must not depend on
 * the other mounts: another id is another resource, and to destroy it takes the grant from the one that is created for the
 * same bucket.
 */
function grantBuckets(scope: Construct, grants: BucketGrants): ITerraformDependable[] {
  const ownBucket = referent(scope, grants.bucketName);
  const createdName = grants.bucket?.nameInput && referent(scope, grants.bucket.nameInput);
  const mounts = containersOf(grants.declaration).flatMap(({ prefix, container }) =>
    container.mounts.map(({ bucket, readOnly }, index) => {
      const name = referent(scope, bucket);
      if (name === createdName) {
        const what = `${prefix}mounts[${index}].bucket`;
        throw invalidInput(what, bucket, "it is the app's own bucket: leave it out of the mount");
      }
      return { bucket, readOnly, referent: name };
    }),
  );
  return [...new Map(mounts.map((mount) => [mount.referent, mount.bucket]))].map(([name, bucket]) =>
    grantObjects(scope, name === ownBucket ? "bucket-access" : `bucket-access-${idPart(name)}`, {
      bucket,
      member: grants.member,
      readOnly: mounts.every((mount) => mount.referent !== name || mount.readOnly),
      dependsOn: grants.dependsOn,
    }),
  );
}
