import * as fs from "fs";
import { packageFile } from "../package-file";

const SCRIPTS = [
  "common.sh",
  "liveness.sh",
  "answers.py",
  "owner.sh",
  "image-folder.sh",
  "image-files.py",
  "fill.sh",
  "gcsfuse.sh",
  "disk.sh",
  "disk.py",
  "disk-folders.sh",
  "unmount-disk.sh",
  "container.sh",
  "create-container.sh",
  "stop-container.sh",
  "remove-container.sh",
  "beside.sh",
  "retire.sh",
  "watch-metadata.sh",
  "secrets.sh",
  "with-secrets.sh",
  "declaration.py",
  "certificates.py",
  "secret_values.py",
];
const UNITS = [
  "gcsfuse@.service",
  "disk@.service",
  "app.service",
  "retired.service",
  "sidecar@.service",
  "metadata-watcher.service",
];

/** The scripts of a machine and the schema of what they read, by their names in the config folder. */
export function machineFiles(): { [name: string]: string } {
  return {
    ...Object.fromEntries(SCRIPTS.map((name) => [name, read(`scripts/${name}`)])),
    "declaration.schema.json": read("declaration.schema.json"),
  };
}

/** systemd's units of a VM, by their file names. */
export function unitFiles(): { [name: string]: string } {
  return Object.fromEntries(UNITS.map((name) => [name, read(`units/${name}`)]));
}

/** With the line ends that bash reads, whatever git has made of them on Windows. */
function read(name: string): string {
  return fs.readFileSync(packageFile(`lib/boot/${name}`), "utf8").replace(/\r\n/g, "\n");
}
