import { App, TerraformStack, TerraformVariable } from "cdktf";
import { once } from "node:events";
import { createServer, Server } from "node:http";
import { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeScript } from "../../lib/terraform/node-script";
import { terraform } from "./support/real/terraform";

const MESSAGE = "Permission denied to list services for consumer container.";
let server: Server;
let folder: string;

/** Simulated: a Service Usage that refuses everything. */
beforeAll(async () => {
  server = createServer((_request, response) =>
    response.writeHead(403).end(JSON.stringify({ error: { code: 403, message: MESSAGE } }, undefined, 2)),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  folder = mkdtempSync(join(tmpdir(), "node-script-"));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test("Terraform's error has the script's sentence, and neither the script nor what is sensitive", async () => {
  const outdir = join(folder, "cdktf.out");
  const app = new App({ outdir });
  const stack = new TerraformStack(app, "stack");
  const token = new TerraformVariable(stack, "token", { default: "secret-1", sensitive: true });
  nodeScript(stack, "enable", {
    script: "lib/cloud/enable-services.cjs",
    environment: {
      ACCESS_TOKEN: token.stringValue,
      PROJECT: "demo-project-123",
      REGION: "us-east1",
      SERVICES: "compute.googleapis.com",
    },
  });
  app.synth();
  const dir = join(outdir, "stacks/stack");
  const { port } = server.address() as AddressInfo;
  const env = { GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT: `http://127.0.0.1:${port}/v1/` };
  await terraform(dir, ["init", "-no-color"]);
  const { exitCode, stderr, all } = await terraform(dir, ["apply", "-no-color", "-auto-approve"], env, {
    reject: false,
  });
  expect(exitCode).toBe(1);
  // Terraform breaks its lines.
  expect(stderr.replace(/[\s│]+/g, " ")).toContain(
    `the APIs of the project "demo-project-123" could not be listed: ${MESSAGE} (HTTP 403); deploy with the role`,
  );
  expect(stderr.split("\n").length).toBeLessThan(20);
  expect(all).not.toContain("secret-1");
});
