import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ContainerImage, GcsBackedContainerApp, LocalGcsBackedContainerApp, Secret } from "gcs-backed-container-app";
import { join } from "node:path";

/** The images, from the folders beside this file. */
const WIKI = ContainerImage.fromDirectory(join(__dirname, "wiki"));
const POSTGRESQL = ContainerImage.fromDirectory(join(__dirname, "postgresql"));

/** README.md says how to create them; on your own computer they come from the environment. */
const secret = (name: string, version = "1") => Secret.fromSecretManager(`mediawiki-${name}`, { version });

/** What is MediaWiki's about it, in the cloud and on your own computer alike. */
export function mediaWiki(wiki = WIKI, postgresql = POSTGRESQL) {
  const dbPassword = secret("db-password");
  return {
    image: wiki,
    // The pictures and all other uploaded files, with their thumbnails.
    mounts: [{ path: "/var/lib/mediawiki/images" }],
    environment: { DB_HOST: "db", WIKI_NAME: "Harbour wiki", ADMIN_USER: "Admin" },
    secrets: { DB_PASSWORD: dbPassword, ADMIN_PASSWORD: secret("admin-password"), SECRET_KEY: secret("secret-key") },
    sidecars: [
      {
        name: "db",
        image: postgresql,
        secrets: { POSTGRES_PASSWORD: dbPassword },
        disks: [{ path: "/var/lib/postgresql", name: "db", sizeGb: 10 }],
        healthCheck: { command: ["pg_isready", "--host=localhost"] },
      },
    ],
  };
}

/** MediaWiki on a VM, with its files in a bucket, and beside it PostgreSQL with its data on a persistent disk. */
export class MediaWikiStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project: "my-project", zone: "us-east1-b" });
    new DockerProvider(this, "docker", GcsBackedContainerApp.dockerProviderConfig(this));

    const wiki = new GcsBackedContainerApp(this, "wiki", mediaWiki());
    new TerraformOutput(this, "url", { value: wiki.url });
  }
}

/** The same on the Docker Engine of your own computer, at http://localhost:8080. */
export class LocalMediaWikiStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new DockerProvider(this, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());

    new LocalGcsBackedContainerApp(this, "wiki", {
      ...mediaWiki(),
      ports: [{ containerPort: 80, hostPort: 8080 }],
    });
  }
}
