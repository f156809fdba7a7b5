import { createHash } from "node:crypto";

/** What a VM runs, or is to run: SHA-256 of the declaration and of the user-data, empty for none. */
export interface Version {
  readonly declaration: string;
  readonly userData: string;
}

/** What a VM reports of itself in its guest attribute, as lib/boot/scripts/common.sh writes it. */
export interface Status {
  readonly running: Version;
  readonly wanted: Version;
  readonly app: PartStatus;
  readonly update: PartStatus;
  /** What is beside the app, by its folder on the VM: `sidecar-db`. Left out where there is nothing. */
  readonly parts?: { readonly [part: string]: PartStatus };
}

/** The state of a part, and why it is so. */
export interface PartStatus {
  readonly state: string;
  readonly message: string;
}

/** Hashes a metadata value as the VM does; empty for a key that is not there. */
export function hashOf(value: string | undefined): string {
  return value === undefined ? "" : createHash("sha256").update(value, "utf8").digest("hex");
}

/** A status, or undefined for what is none, such as that of another version of this library. */
export function parseStatus(text: string): Status | undefined {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return undefined;
  }
  const whole =
    hasTexts(status, "running", "declaration", "userData") &&
    hasTexts(status, "wanted", "declaration", "userData") &&
    hasTexts(status, "app", "state", "message") &&
    hasTexts(status, "update", "state", "message") &&
    Object.values((status as { parts?: object }).parts ?? {}).every((part) =>
      hasTexts({ part }, "part", "state", "message"),
    );
  return whole ? (status as Status) : undefined;
}

function hasTexts(value: unknown, part: string, ...keys: string[]): boolean {
  const found = (value as { [part: string]: { [key: string]: unknown } | undefined } | null)?.[part];
  return keys.every((key) => typeof found?.[key] === "string");
}
