// Run by Terraform's local-exec: waits until the app answers, and fails with the reason if it does not.
const { spawnSync } = require("node:child_process");

const { DOCKER_HOST, MACHINE = "", TIMEOUT_SECONDS = "" } = process.env;
const host = DOCKER_HOST || "unix:///var/run/docker.sock";

const { status } = spawnSync("docker", ["--host", host, "exec", MACHINE, "wait-until-live", TIMEOUT_SECONDS], {
  stdio: "inherit",
});
process.exit(status ?? 1);
