// Run by Terraform's local-exec: create-volume.js VOLUME APP creates a volume with the app's label; one that is there stays
// as it is.
const { spawnSync } = require("node:child_process");

const [volume, app] = process.argv.slice(2);
const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";

const label = `gcs-backed-container-app=${app}`;
const { status } = spawnSync("docker", ["--host", host, "volume", "create", "--label", label, volume], {
  stdio: ["ignore", "ignore", "inherit"],
});
process.exit(status ?? 1);
