import execa from "execa";
import { existsSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DockerEngine } from "../../real/docker-engine";
import { ownerLabelArgs } from "../../real/docker-leftovers";

/**
 * A machine's disk: a file system of its own in a sparse file, as a Docker volume. On the host's, ext4 looks at each inode
 * that the disk of an earlier machine has just given back before it takes another one: pulling an image takes more
 * than twice as long.
 */
export interface MachineDisk {
  readonly volume: string;
  remove(): Promise<void>;
}

const imagePrefix = "e2e-disk-";

export async function createMachineDisk(engine: DockerEngine, name: string, sizeGb: number): Promise<MachineDisk> {
  // The kernel outlives the machine: a journal would protect nothing.
  const device = await blockDevice(sizeGb, imageFile(name), (file) =>
    execa("mkfs.ext4", ["-q", "-m", "0", "-O", "^has_journal", file]),
  );
  const options = ["--opt", "type=ext4", "--opt", `device=${device}`];
  await engine.docker(["volume", "create", ...options, ...ownerLabelArgs(), name]);
  return {
    volume: name,
    remove: async () => {
      await engine.docker(["volume", "rm", "--force", name], { reject: false });
      await removeBlockDevice(imageFile(name));
    },
  };
}

/** Block devices of test runs that are over. */
export async function removeLeftoverDisks(): Promise<void> {
  const { stdout } = await execa("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"], { reject: false });
  for (const file of stdout.split("\n").map((line) => line.trim().split(/\s+/)[0])) {
    const owner = new RegExp(`^${imagePrefix}(\\d+)-`).exec(basename(file))?.[1];
    if (owner === String(process.pid) || (owner && !existsSync(`/proc/${owner}`))) await removeBlockDevice(file);
  }
}

export function imageFile(name: string): string {
  return join(tmpdir(), `${imagePrefix}${process.pid}-${name}.img`);
}

/** A block device of the host that is a sparse file. */
export async function blockDevice(
  sizeGb: number,
  file: string,
  prepare: (file: string) => PromiseLike<unknown> = async () => undefined,
): Promise<string> {
  writeFileSync(file, "");
  truncateSync(file, sizeGb * 2 ** 30);
  await prepare(file);
  return (await execa("losetup", ["--find", "--show", file])).stdout;
}

/** By its file: once it is removed, the device of that name may be somebody else's. */
export async function removeBlockDevice(file: string): Promise<void> {
  const find = ["--noheadings", "--output", "NAME", "--associated", file];
  const { stdout } = await execa("losetup", find, { reject: false });
  for (const device of stdout.split("\n").filter(Boolean))
    await execa("losetup", ["--detach", device.trim()], { reject: false });
  rmSync(file, { force: true });
}
