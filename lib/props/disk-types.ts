import { Token } from "cdktf";
import { invalidInput, quote, requireInteger, requireMatch } from "../checks/invalid-input";

/** @see https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support */
const HYPERDISK_ONLY_FAMILIES = /^(c4|c4d|n4|n4d|h4d|m4|x4|a4)-/;
const FAMILIES_WITHOUT_HYPERDISK = /^e2-/;

/**
 * The least and the most GB of a disk, by its type.
 *
 * @see https://cloud.google.com/compute/docs/disks/persistent-disks
 * @see https://cloud.google.com/compute/docs/disks/hyperdisks#limits-disk
 */
const SIZES_GB: { readonly [type: string]: readonly [number, number] } = {
  "pd-standard": [10, 65536],
  "pd-balanced": [10, 65536],
  "pd-ssd": [10, 65536],
  "pd-extreme": [500, 65536],
  "hyperdisk-balanced": [4, 65536],
  "hyperdisk-extreme": [64, 65536],
  "hyperdisk-throughput": [2048, 32768],
};
/** Of a type that Google adds later. */
const ANY_SIZE_GB = [1, 65536] as const;

/** The type of disk that a VM of the machine type takes. */
export function defaultDiskType(machineType: string): string {
  return HYPERDISK_ONLY_FAMILIES.test(machineType) ? "hyperdisk-balanced" : "pd-balanced";
}

/** Checks that a disk type has the form of one. */
export function checkDiskType(what: string, type: string): void {
  requireMatch(
    what,
    type,
    /^(pd|hyperdisk)-[a-z]+(-[a-z]+)*$/,
    'use a disk type such as "pd-balanced" (gcloud compute disk-types list)',
  );
}

/** Checks what Compute Engine would refuse for the machine family only when it creates the VM. */
export function checkDiskTypeOfFamily(what: string, type: string | undefined, machineType: string): void {
  if (type?.startsWith("hyperdisk-") && FAMILIES_WITHOUT_HYPERDISK.test(machineType)) {
    throw invalidInput(
      what,
      type,
      `a VM of type ${quote(machineType)} takes no Hyperdisk: use one such as "pd-balanced", or another machineType`,
    );
  }
  if (type?.startsWith("pd-") && HYPERDISK_ONLY_FAMILIES.test(machineType)) {
    throw invalidInput(
      what,
      type,
      `a VM of type ${quote(machineType)} takes Hyperdisks only: use "hyperdisk-balanced", or another machineType`,
    );
  }
}

/** Checks a disk's size against the limits of its type; an unresolved token passes. */
export function checkDiskSize(what: string, sizeGb: number, type: string): void {
  if (Token.isUnresolved(sizeGb)) {
    return;
  }
  const [least, most] = SIZES_GB[type] ?? ANY_SIZE_GB;
  requireInteger(what, sizeGb, least, most);
}
