import { createHash } from "node:crypto";
import { GoogleError } from "../../google-error";

/** Changes with what it stands for; a writer must show the newest one. */
export function fingerprint(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest().subarray(0, 8).toString("base64");
}

export function checkFingerprint(current: string, given: string | undefined, what: string): void {
  if (given === current) return;
  const message =
    what === "metadata"
      ? "Supplied fingerprint does not match current metadata fingerprint."
      : `Labels fingerprint either invalid or resource labels have changed`;
  throw new GoogleError(412, "conditionNotMet", message);
}
