import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp, LocalGcsBackedContainerApp, Secret } from "gcs-backed-container-app";

/** Its authors' own image, unchanged; README.md says where it is from. */
const IMAGE = ContainerImage.fromRegistry("mediagoblin/mediagoblin:0.15.0");

/** What is MediaGoblin's about it, in the cloud and on your own computer alike. */
export const MEDIAGOBLIN = {
  ports: [{ containerPort: 6543, hostPort: 80 }],
  // The database, the configuration, the keys and the queue.
  disks: [{ path: "/srv", name: "srv", sizeGb: 10 }],
  // The pictures, as they were uploaded and as they are shown.
  mounts: [{ path: "/srv/user_dev/media/public" }],
  environment: {
    ADMIN_USER: "admin",
    ADMIN_EMAIL: "admin@example.com",
    // Until a mail server is configured, mails are printed: so that they are in the log at once.
    PYTHONUNBUFFERED: "1",
  },
  // The image's first process is a shell, which does not pass the signal on: to wait longer is no use.
  stopTimeoutSeconds: 10,
  // Read when the database is created, and never again.
  secrets: { ADMIN_PASSWORD: Secret.fromSecretManager("mediagoblin-admin-password", { version: "1" }) },
};

/** MediaGoblin on a VM, with its pictures in a bucket and all else that it keeps on a persistent disk. */
export class MediaGoblinStack extends TerraformStack {
  constructor(scope: Construct, id: string, image: ContainerImage = IMAGE) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });
    new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));

    const mediagoblin = new GcsBackedContainerApp(this, "mediagoblin", { image, ...MEDIAGOBLIN });
    new TerraformOutput(this, "url", { value: mediagoblin.url });
  }
}

/** The same on the Docker Engine of your own computer, at http://localhost:8080. */
export class LocalMediaGoblinStack extends TerraformStack {
  constructor(scope: Construct, id: string, image: ContainerImage = IMAGE) {
    super(scope, id);
    new DockerProvider(this, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());

    new LocalGcsBackedContainerApp(this, "mediagoblin", {
      image,
      ...MEDIAGOBLIN,
      ports: [{ containerPort: 6543, hostPort: 8080 }],
    });
  }
}
