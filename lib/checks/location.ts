import { Fn, Token } from "cdktf";
import { requireMatch } from "./invalid-input";
import { asArgument } from "../terraform/template-text";

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

/**
 * Checks the location of a bucket: a multi-region, or what has the form of a region or a dual-region, of which Google adds
 * more.
 *
 * @see https://cloud.google.com/storage/docs/locations
 */
export function checkBucketLocation(location: string): void {
  requireMatch(
    "bucketOptions.location",
    location,
    /^((us|eu|asia)|[a-z]+-[a-z]+[1-9][0-9]?|[a-z]+[1-9][0-9]?)$/i,
    'use a region such as "us-east1", a dual-region such as "NAM4", or a multi-region: "US", "EU" or "ASIA"',
  );
}

/** The region of a zone: its name without the last part. */
export function regionOf(zone: string): string {
  if (!Token.isUnresolved(zone)) {
    return zone.replace(/-[a-z]$/, "");
  }
  return Fn.join("-", Fn.slice(Fn.split("-", asArgument(zone)), 0, 2));
}
