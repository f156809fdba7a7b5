import { at, blocksAt, JsonObject, textAt } from "../read/json";
import { Resource } from "../read/stack";

/** In which way the change of an argument leaves fewer snapshots of a disk, if it does. */
export function fewerSnapshots(attribute: string, before: Resource, after: Resource): string | undefined {
  if (after.type === "google_compute_disk_resource_policy_attachment") {
    return /^(disk|name)$/.test(attribute) ? "snapshots are taken of another disk, or by another schedule" : undefined;
  }
  if (after.type !== "google_compute_resource_policy") {
    return undefined;
  }
  if (attribute.endsWith("max_retention_days")) {
    return retentionDays(after) < retentionDays(before) ? "the snapshots are deleted earlier" : undefined;
  }
  if (attribute.endsWith("on_source_disk_delete")) {
    return keptWithoutDisk(before) && !keptWithoutDisk(after) ? "the snapshots go when the disk has gone" : undefined;
  }
  const isSchedule = /^snapshot_schedule_policy\.schedule\b/.test(attribute) && !/start_time$/.test(attribute);
  return isSchedule && !(hoursBetween(after) <= hoursBetween(before)) ? "snapshots are taken less often" : undefined;
}

const RETENTION = ["snapshot_schedule_policy", "retention_policy"] as const;

function retentionDays({ values }: Resource): number {
  return Number(at(values, ...RETENTION, "max_retention_days"));
}

/** As Compute Engine has it where nothing is said. */
function keptWithoutDisk({ values }: Resource): boolean {
  return (textAt(values, ...RETENTION, "on_source_disk_delete") ?? "KEEP_AUTO_SNAPSHOTS") === "KEEP_AUTO_SNAPSHOTS";
}

/** The longest time between two snapshots; not a number where it is not known. */
function hoursBetween({ values }: Resource): number {
  const schedule = (at(values, "snapshot_schedule_policy", "schedule") ?? {}) as JsonObject;
  const hourly = textAt(schedule, "hourly_schedule", "hours_in_cycle");
  const daily = textAt(schedule, "daily_schedule", "days_in_cycle");
  const weekly = at(schedule, "weekly_schedule");
  if (hourly !== undefined) return Number(hourly);
  if (daily !== undefined) return 24 * Number(daily);
  return weekly === undefined ? NaN : (24 * 7) / Math.max(1, blocksAt(weekly as JsonObject, "day_of_weeks").length);
}
