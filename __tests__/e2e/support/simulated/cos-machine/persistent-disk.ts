/**
 * Simulated: a persistent disk of Compute Engine. It is a sparse file behind a loop device of the host's kernel, so what a
 * machine has written to the device is on the disk: a device that loses its own cache in a power cut is not simulated.
 */
import execa from "execa";
import { truncateSync } from "node:fs";
import { blockDevice, imageFile, removeBlockDevice } from "./cos-machine-disk";

let created = 0;

export class PersistentDisk {
  private constructor(
    /** Its bytes. */
    public readonly file: string,
    /** The host's loop device. */
    public readonly device: string,
  ) {}

  /** A blank one. */
  public static async create(sizeGb: number): Promise<PersistentDisk> {
    const file = imageFile(`persistent-${(created += 1)}`);
    return new PersistentDisk(file, await blockDevice(sizeGb, file));
  }

  /** As disks.resize: the machine that has it sees the new size at once. */
  public async resize(sizeGb: number): Promise<void> {
    truncateSync(this.file, sizeGb * 2 ** 30);
    await execa("losetup", ["--set-capacity", this.device]);
  }

  public remove(): Promise<void> {
    return removeBlockDevice(this.file);
  }
}
