import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, GcsBackend, LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import { ContainerImage, DeployGuard, GcsBackedContainerApp, LocalGcsBackedContainerApp } from "./lib";

const { env } = process;
const project = env.GOOGLE_CLOUD_PROJECT || "set-your-project-id";
const name = env.APP_NAME || "gallery";
const zone = env.APP_ZONE || "us-east1-b";
const containerPort = Number(env.APP_PORT || 80);
const mount = { path: env.APP_MOUNT_PATH || "/srv/demo-app/demo/uploads" };
const baseImage = env.BASE_IMAGE || undefined;
const buildArgs = baseImage === undefined ? undefined : { BASE_IMAGE: baseImage };
const settings = {
  name,
  image: env.APP_IMAGE
    ? ContainerImage.fromRegistry(env.APP_IMAGE)
    : ContainerImage.fromDirectory("container/demo", { buildArgs }),
  gcsfuse: { aptSource: env.GCSFUSE_APT_SOURCE || undefined, baseImage },
};
const app = new App();

// State files are outside cdktf.out, which synth rewrites. Relative paths, since they are written into the stacks.
const local = new TerraformStack(app, "local");
new LocalBackend(local, { path: "../../../terraform.local.tfstate" });
new DockerProvider(local, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());
const trial = new LocalGcsBackedContainerApp(local, "app", {
  ...settings,
  mounts: [mount],
  ports: [{ containerPort, hostPort: Number(env.LOCAL_PORT || 8080) }],
  baseImage,
  dockerSocket: /^unix:\/\/(.+)/.exec(env.DOCKER_HOST ?? "")?.[1],
});
output(local, { url: trial.url!, verdict: `npm run verdict ${name}` });
const cloud = new TerraformStack(app, "cloud");
const bucket = env.STATE_BUCKET;
if (bucket) new GcsBackend(cloud, { bucket, prefix: `gcs-backed-container-app/${name}` });
else new LocalBackend(cloud, { path: "../../../terraform.cloud.tfstate" });
new GoogleProvider(cloud, "google", { project, zone });
new DockerProvider(cloud, "docker", GcsBackedContainerApp.dockerProviderConfig(cloud));
const { url, bucketName, serviceAccount, instance, statusCommand, logsUrl } = new GcsBackedContainerApp(cloud, "app", {
  ...settings,
  ports: [{ containerPort, hostPort: 80 }],
  mounts: [{ ...mount, customEndpoint: env.GCSFUSE_CUSTOM_ENDPOINT || undefined }],
});
output(cloud, {
  url: url!,
  bucket: bucketName,
  service_account: serviceAccount.email,
  instance: instance.id,
  status: statusCommand,
  logs: logsUrl,
});
if (!env.GOOGLE_CLOUD_PROJECT) {
  DeployGuard.refuseToDeploy(
    cloud,
    "no project is set: run the command again with GOOGLE_CLOUD_PROJECT=your-project-id",
  );
}

function output(stack: TerraformStack, values: Record<string, string>): void {
  Object.entries(values).forEach(([id, value]) => new TerraformOutput(stack, id, { value, staticId: true }));
}
app.synth();
