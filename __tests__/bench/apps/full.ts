import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, TerraformStack } from "cdktf";
import { ContainerImage, GcsBackedContainerApp, LocalGcsBackedContainerApp, MountContent, Secret } from "../../../lib";

/** Every feature at once, in the two places of main.ts: mounts, disks, companions, secrets and HTTPS. */
const project = "demo-project-123";
const zone = "us-east1-b";
const postgres = ContainerImage.fromRegistry("docker.io/library/postgres:17");
const DOMAINS = ["photos.example.com", "www.example.com"];
const app = new App();

const cloud = new TerraformStack(app, "cloud");
new GoogleProvider(cloud, "google", { project, zone });
new DockerProvider(cloud, "docker", GcsBackedContainerApp.dockerProviderConfig(cloud, zone));
new GcsBackedContainerApp(cloud, "app", {
  ...settings(),
  project,
  zone,
  https: {
    domains: DOMAINS,
    email: "admin@example.com",
    dnsZone: "example-com",
    basicAuth: { user: "admin", passwordHash: Secret.fromSecretManager("admin-hash", { version: "1" }) },
    maintenancePage: "<h1>Back in a minute</h1>",
    healthCheck: { path: "/" },
  },
  machine: { machineType: "e2-standard-2", bootDiskSizeGb: 40, metadata: { team: "web" } },
  network: { iapSsh: true, sourceRanges: ["203.0.113.0/24"], networkTags: ["web"] },
  bucketOptions: { location: "EU" },
  labels: { team: "web" },
});

const local = new TerraformStack(app, "local");
new DockerProvider(local, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());
new LocalGcsBackedContainerApp(local, "app", { ...settings(), https: { domains: DOMAINS } });
app.synth();

function settings() {
  const password = Secret.fromSecretManager("database-password", { version: "1" });
  return {
    name: "gallery",
    image: ContainerImage.fromDirectory("container/demo"),
    mounts: [
      { path: "/srv/demo-app/demo/uploads", prefix: "uploads", content: MountContent.LARGE_MEDIA },
      { path: "/srv/media", prefix: "media", readOnly: true, content: MountContent.SMALL_FILES },
    ],
    disks: [{ path: "/var/lib/gallery", sizeGb: 20 }],
    ports: [{ containerPort: 80 }],
    environment: { DATABASE: "postgres://gallery@database/gallery" },
    secrets: { DATABASE_PASSWORD: password },
    secretFiles: { "/run/secrets/key": Secret.fromSecretManager("key", { version: "1" }) },
    sidecars: [
      {
        name: "database",
        image: postgres,
        secrets: { POSTGRES_PASSWORD: password },
        disks: [{ path: "/var/lib/postgresql/data", name: "database", sizeGb: 20 }],
        healthCheck: { command: ["pg_isready"] },
      },
      { name: "dumps", image: postgres, args: ["sleep", "infinity"], mounts: [{ path: "/dumps", prefix: "dumps" }] },
    ],
  };
}
