// Run by Terraform's local-exec: creates a volume (VOLUME) with the label of the app (APP). One that exists stays as it is.
const { spawnSync } = require("node:child_process");

const { APP: app = "", VOLUME: volume = "" } = process.env;
const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";

const label = `gcs-backed-container-app=${app}`;
const { status } = spawnSync("docker", ["--host", host, "volume", "create", "--label", label, volume], {
  stdio: ["ignore", "ignore", "inherit"],
});
process.exit(status ?? 1);
