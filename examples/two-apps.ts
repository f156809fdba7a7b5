import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp } from "gcs-backed-container-app";

/** Two apps, each with a VM and a bucket of its own. The second one may also read the files of the first. */
export class TwoAppsStack extends TerraformStack {
  /**
   * @param galleryFolder a folder with the Dockerfile of the app that takes uploads
   * @param reportsFolder a folder with the Dockerfile of the app that reads them
   */
  constructor(scope: Construct, id: string, galleryFolder: string, reportsFolder: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });
    new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));

    const gallery = new GcsBackedContainerApp(this, "gallery", {
      image: ContainerImage.fromDirectory(galleryFolder),
      mounts: [{ path: "/srv/uploads" }],
    });
    const reports = new GcsBackedContainerApp(this, "reports", {
      image: ContainerImage.fromDirectory(reportsFolder),
      mounts: [{ path: "/srv/reports" }, { path: "/srv/uploads", bucket: gallery.bucketName, readOnly: true }],
    });
    new TerraformOutput(this, "gallery-url", { value: gallery.url });
    new TerraformOutput(this, "reports-url", { value: reports.url });
  }
}
