/* eslint-disable no-restricted-imports -- the official template's way, which this project is measured against */
import { image, provider as docker, registryImage } from "@cdktf/provider-docker";
import {
  artifactRegistryRepository,
  artifactRegistryRepositoryIamMember,
  computeAddress,
  computeFirewall,
  computeInstance,
  dataGoogleClientConfig,
  projectIamMember,
  projectService,
  provider as google,
  serviceAccount,
  storageBucket,
  storageBucketIamMember,
} from "@cdktf/provider-google";
import { Construct } from "constructs";
import { App, AssetType, TerraformAsset, TerraformOutput, TerraformStack } from "cdktf";
import * as path from "path";

/** The resources of main.ts, written down one by one as in the stack of a project that `cdktf init` has made. */
class MyStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const project = "demo-project-123";
    const location = "us-east1";
    const zone = "us-east1-b";
    const name = "gallery";
    const labels = { app: name };

    new google.GoogleProvider(this, "google", { project, zone });
    const client = new dataGoogleClientConfig.DataGoogleClientConfig(this, "client", {});
    new docker.DockerProvider(this, "docker", {
      registryAuth: [
        { address: `${location}-docker.pkg.dev`, username: "oauth2accesstoken", password: client.accessToken },
      ],
    });

    const services = ["artifactregistry", "cloudresourcemanager", "compute", "iam", "logging", "monitoring", "storage"];
    const dependsOn = services.map(
      (service) =>
        new projectService.ProjectService(this, service, {
          project,
          service: `${service}.googleapis.com`,
          disableOnDestroy: false,
        }),
    );

    const account = new serviceAccount.ServiceAccount(this, "account", { accountId: `${name}-vm`, dependsOn });
    const { member } = account;
    for (const role of ["roles/logging.logWriter", "roles/monitoring.metricWriter"]) {
      new projectIamMember.ProjectIamMember(this, role.replace(/\W/g, "-"), { project, role, member });
    }

    const bucket = new storageBucket.StorageBucket(this, "bucket", {
      name: `${project}-${name}`,
      location,
      labels,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 604800 },
      lifecycleRule: [
        { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 30, withState: "ARCHIVED" } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      dependsOn,
    });
    new storageBucketIamMember.StorageBucketIamMember(this, "objects", {
      bucket: bucket.name,
      role: "roles/storage.objectUser",
      member,
    });

    const repository = new artifactRegistryRepository.ArtifactRegistryRepository(this, "repository", {
      location,
      repositoryId: name,
      format: "DOCKER",
      labels,
      dependsOn,
    });
    new artifactRegistryRepositoryIamMember.ArtifactRegistryRepositoryIamMember(this, "pull", {
      location,
      repository: repository.repositoryId,
      role: "roles/artifactregistry.reader",
      member,
    });
    const pushed = ["demo", "gcsfuse"].map((folder) => {
      const asset = new TerraformAsset(this, `${folder}-context`, {
        path: path.join(process.cwd(), "container", folder),
        type: AssetType.DIRECTORY,
      });
      const reference = `${location}-docker.pkg.dev/${project}/${name}/${folder}:${asset.assetHash}`;
      const built = new image.Image(this, `${folder}-image`, {
        name: reference,
        buildAttribute: { context: asset.path, platform: "linux/amd64" },
      });
      return new registryImage.RegistryImage(this, `${folder}-push`, {
        name: reference,
        dependsOn: [built, repository],
      });
    });

    const common = { network: "default", targetTags: [name], sourceRanges: ["0.0.0.0/0"], dependsOn };
    new computeFirewall.ComputeFirewall(this, "allow", {
      ...common,
      name: `${name}-allow`,
      allow: [{ protocol: "tcp", ports: ["80"] }],
    });
    new computeFirewall.ComputeFirewall(this, "deny", {
      ...common,
      name: `${name}-deny`,
      priority: 65533,
      deny: [{ protocol: "all" }],
    });
    const address = new computeAddress.ComputeAddress(this, "address", { name, region: location, labels, dependsOn });
    const instance = new computeInstance.ComputeInstance(this, "instance", {
      name,
      zone,
      machineType: "e2-small",
      labels,
      tags: [name],
      metadata: { "user-data": "#cloud-config\n", "enable-oslogin": "TRUE" },
      bootDisk: { initializeParams: { image: "cos-cloud/cos-stable", size: 20, type: "pd-balanced" } },
      networkInterface: [{ network: "default", accessConfig: [{ natIp: address.address, networkTier: "STANDARD" }] }],
      serviceAccount: { email: account.email, scopes: ["cloud-platform"] },
      shieldedInstanceConfig: { enableSecureBoot: true },
      dependsOn: pushed,
    });
    new TerraformOutput(this, "url", { value: `http://${address.address}` });
    new TerraformOutput(this, "vm", { value: instance.id });
  }
}

const app = new App();
new MyStack(app, "cloud");
app.synth();
