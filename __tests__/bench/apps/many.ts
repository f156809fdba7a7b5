import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, TerraformStack } from "cdktf";
import { ContainerImage, GcsBackedContainerApp } from "../../../lib";

/** README's simplest example COUNT times in one stack; prints what the synthesis took, without node's start. */
const count = Number(process.env.COUNT);
const project = "demo-project-123";
const zone = "us-east1-b";

const start = performance.now();
const app = new App();
const stack = new TerraformStack(app, "cloud");
new GoogleProvider(stack, "google", { project, zone });
new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack, zone));
for (let index = 0; index < count; index++) {
  new GcsBackedContainerApp(stack, `app-${index}`, {
    project,
    zone,
    image: ContainerImage.fromDirectory("container/demo"),
    mounts: [{ path: "/srv/demo-app/demo/uploads" }],
  });
}
app.synth();
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ msPerApp: (performance.now() - start) / count, peakMb }));
