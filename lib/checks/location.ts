import { Fn, Token } from "cdktf";
import { requireMatch } from "./invalid-input";

/**
 * Checks the name of a zone.
 *
 * @see https://cloud.google.com/compute/docs/regions-zones
 */
export function checkZone(zone: string): void {
  requireMatch(
    "zone",
    zone,
    /^[a-z]+-[a-z]+[1-9][0-9]?-[a-z]$/,
    'use the name of a zone such as "us-east1-b" (gcloud compute zones list)',
  );
}

/** The region of a zone: its name without the last part. */
export function regionOf(zone: string): string {
  if (!Token.isUnresolved(zone)) {
    return zone.replace(/-[a-z]$/, "");
  }
  return Fn.join("-", Fn.slice(Fn.split("-", zone), 0, 2));
}
