import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
import { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network/index.js";
import { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork/index.js";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp } from "gcs-backed-container-app";

/**
 * An app for users in a VPC network, with the files of an existing bucket. The VM has no external address: it reaches
 * Cloud Storage and Artifact Registry by Private Google Access, and SSH goes through Identity-Aware Proxy.
 */
export class PrivateNetworkStack extends TerraformStack {
  /** @param appFolder a folder with the app's Dockerfile */
  constructor(scope: Construct, id: string, appFolder: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "europe-west4-a" });
    new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));

    const network = new ComputeNetwork(this, "network", { name: "office", autoCreateSubnetworks: false });
    const subnetwork = new ComputeSubnetwork(this, "subnetwork", {
      name: "office-europe-west4",
      region: "europe-west4",
      network: network.id,
      ipCidrRange: "10.20.0.0/24",
      privateIpGoogleAccess: true,
    });

    const archive = new GcsBackedContainerApp(this, "archive", {
      image: ContainerImage.fromDirectory(appFolder),
      existingBucket: "my-company-archive",
      mounts: [{ path: "/srv/archive", prefix: "scans" }],
      network: {
        network: network.name,
        subnetwork: subnetwork.name,
        externalAddress: false,
        sourceRanges: ["10.0.0.0/8"],
        iapSsh: true,
      },
    });
    new TerraformOutput(this, "url", { value: archive.url });
  }
}
