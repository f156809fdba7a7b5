import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp, RestartPolicy } from "gcs-backed-container-app";

const REPOSITORY = "us-east1-docker.pkg.dev/my-project/my-images";

/**
 * An image that a pipeline of yours has pushed. The same pipeline has built the sidecar's image from the folder
 * container/gcsfuse of this package. Deploying builds nothing, so it needs no Docker engine and no docker provider.
 */
export class ReadyImageStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });

    const wiki = new GcsBackedContainerApp(this, "wiki", {
      image: ContainerImage.fromRegistry(`${REPOSITORY}/wiki@sha256:${"1".repeat(64)}`),
      gcsfuse: { image: ContainerImage.fromRegistry(`${REPOSITORY}/gcsfuse@sha256:${"2".repeat(64)}`) },
      ports: [{ containerPort: 3000, hostPort: 80 }],
      environment: { LOG_LEVEL: "info" },
      mounts: [{ path: "/var/lib/wiki/attachments" }],
      restartPolicy: RestartPolicy.ALWAYS,
    });
    new TerraformOutput(this, "url", { value: wiki.url });
  }
}
