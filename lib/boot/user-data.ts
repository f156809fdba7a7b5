import { stringify } from "yaml";
import { machineFiles, unitFiles } from "./machine-files";
import { CONFIG_FOLDER } from "./paths";

/**
 * Renders the `user-data` of a VM with Container-Optimized OS: the same for every app of a version of this library. At
 * every boot, cloud-init writes the files and starts the watcher, which brings up what the metadata declares.
 *
 * @see https://cloud.google.com/container-optimized-os/docs/how-to/create-configure-instance#using_cloud-init_with_the_cloud_config_format
 */
export function renderUserData(): string {
  const cloudConfig = {
    write_files: [
      ...Object.entries(machineFiles()).map(([name, content]) => writeFile(`${CONFIG_FOLDER}/${name}`, content)),
      ...Object.entries(unitFiles()).map(([name, content]) =>
        writeFile(`/etc/systemd/system/${name}`, content, "0644"),
      ),
    ],
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", "metadata-watcher.service"],
    ],
  };
  return `#cloud-config\n${stringify(cloudConfig, { lineWidth: 0, blockQuote: "literal" })}`;
}

function writeFile(file: string, content: string, permissions = "0600") {
  return { path: file, permissions, owner: "root:root", content };
}
