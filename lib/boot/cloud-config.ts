import { stringify } from "yaml";
import { configFiles } from "./config-files";
import { imagesOf } from "./docker-arguments";
import { CONFIG_FOLDER } from "./paths";
import { BootSpec } from "./spec";
import { renderUnits } from "./units";

/**
 * Renders the `user-data` of a VM with Container-Optimized OS. At every boot, cloud-init writes the files and runs the
 * commands.
 *
 * Comments at the top name the images: the watcher of the version before pulls them before it reboots.
 *
 * @see https://cloud.google.com/container-optimized-os/docs/how-to/create-configure-instance#using_cloud-init_with_the_cloud_config_format
 */
export function renderCloudConfig(spec: BootSpec): string {
  const units = renderUnits(spec);
  const cloudConfig = {
    write_files: [
      ...Object.entries(configFiles(spec)).map(([name, content]) => writeFile(`${CONFIG_FOLDER}/${name}`, content)),
      ...Object.entries(units).map(([name, content]) => writeFile(`/etc/systemd/system/${name}`, content, "0644")),
    ],
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", ...Object.keys(units)],
    ],
  };
  const images = imagesOf(spec).map((image) => `# image: ${image}\n`);
  return `#cloud-config\n${images.join("")}${stringify(cloudConfig, { lineWidth: 0, blockQuote: "literal" })}`;
}

function writeFile(file: string, content: string, permissions = "0600") {
  return { path: file, permissions, owner: "root:root", content };
}
