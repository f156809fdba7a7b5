// Run by Terraform's local-exec: waits until the app answers, and fails with the reason if it does not.
const { spawnSync } = require("node:child_process");

const [machine, seconds] = process.argv.slice(2);
const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";

const { status } = spawnSync("docker", ["--host", host, "exec", machine, "wait-until-live", seconds], {
  stdio: "inherit",
});
process.exit(status ?? 1);
