import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret/index.js";
import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp, Secret } from "gcs-backed-container-app";

/**
 * A wiki with its uploads in a bucket, and beside it PostgreSQL with its data on a persistent disk. Both get one password. The
 * stack creates the secret and no version of it, which would be in the state:
 * `printf %s "$PASSWORD" | gcloud secrets versions add wiki-db-password --data-file=-`. The app waits until it is there.
 */
export class DatabaseStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });
    new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));

    const secret = new SecretManagerSecret(this, "password", {
      secretId: "wiki-db-password",
      replication: { auto: {} },
    });
    const password = Secret.fromSecretManager(secret.secretId, { version: "1" });
    const wiki = new GcsBackedContainerApp(this, "wiki", {
      image: ContainerImage.fromRegistry("ghcr.io/me/wiki:1.2"),
      mounts: [{ path: "/srv/wiki/uploads" }],
      environment: { DB_HOST: "db", DB_USER: "wiki" },
      secrets: { DB_PASSWORD: password },
      sidecars: [
        {
          name: "db",
          image: ContainerImage.fromRegistry("postgres:17.6"),
          environment: { POSTGRES_USER: "wiki", PGDATA: "/var/lib/postgresql/data/pgdata" },
          secrets: { POSTGRES_PASSWORD: password },
          disks: [{ path: "/var/lib/postgresql/data", name: "data", sizeGb: 10 }],
          healthCheck: { command: ["pg_isready", "--username=wiki"] },
        },
      ],
    });
    new TerraformOutput(this, "url", { value: wiki.url });
  }
}
