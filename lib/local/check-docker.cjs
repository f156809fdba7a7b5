// Run by Terraform's local-exec: fails with one sentence if the local stack cannot run here, or if one of the app's
// volumes (VOLUMES, separated by spaces) exists already but does not belong to the app (APP).
const { spawnSync } = require("node:child_process");

const LABEL = "gcs-backed-container-app";
const { APP: app = "", VOLUMES: volumes = "" } = process.env;
const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";
const otherwise = 'without it, "npx cdktf synth" still shows what would be created';

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** @param {string[]} args */
function docker(...args) {
  return spawnSync("docker", ["--host", host, ...args], { encoding: "utf8", timeout: 30000 });
}

const { error, status, stdout, stderr } = docker("info", "--format", "{{json .}}");
if (error && "code" in error && error.code === "ENOENT") {
  refuse(
    `There is no Docker on this computer: install Docker Engine (https://docs.docker.com/engine/install); ${otherwise}.`,
  );
}
/** @type {{ ServerVersion?: string; ServerErrors?: string[]; OperatingSystem?: string; SecurityOptions?: string[] }} */
let info = {};
try {
  info = JSON.parse(stdout);
} catch {
  // Then stderr has the reason.
}
if (status !== 0 || !info.ServerVersion) {
  const reason = ((info.ServerErrors || [])[0] || (error && error.message) || stderr).trim().split("\n")[0];
  refuse(`Docker does not answer at ${host}: start it, or set DOCKER_HOST to where it is; ${otherwise} (${reason}).`);
}
if (/Docker Desktop/.test(info.OperatingSystem ?? "")) {
  refuse(
    `Docker Desktop is not supported, since the gcsfuse mounts must be shared between containers, which was never tested in its virtual machine: use Docker Engine on Linux, for example in WSL2; ${otherwise}.`,
  );
}
if ((info.SecurityOptions || []).some((option) => /name=(rootless|userns)/.test(option))) {
  refuse(
    `Docker runs rootless or with remapped users here, where containers may not mount: use a Docker Engine that runs as root; ${otherwise}.`,
  );
}
for (const volume of volumes.split(" ").filter(Boolean)) {
  const found = docker("volume", "inspect", "--format", `{{index .Labels "${LABEL}"}}`, volume);
  if (found.status === 0 && found.stdout.trim() !== app) {
    refuse(
      `There is a Docker volume ${volume} already which is not this app's (its label ${LABEL} is not "${app}"): give the app another name, or remove the volume if nobody needs what is in it (docker volume rm ${volume}).`,
    );
  }
}
