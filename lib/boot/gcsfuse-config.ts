import { GcsfuseConfig } from "./spec";

/**
 * What an unmodified app needs of gcsfuse, and what a small machine can bear; every key can be overridden for a mount.
 *
 * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/config-file
 */
export const GCSFUSE_DEFAULTS: GcsfuseConfig = {
  // Folders that exist only as a part of objects' names are folders to the app too.
  "implicit-dirs": true,
  "file-system": {
    // The app is another user than gcsfuse.
    "fuse-options": ["allow_other"],
    // Apps rename folders; gcsfuse refuses that by default. Above this many files it still does.
    "rename-dir-limit": 10000,
    // On the boot disk (the sidecar's own layer): /tmp may be in memory.
    "temp-dir": "/var/tmp",
  },
  logging: { severity: "info", format: "json" },
};

/** Merges gcsfuse configs key by key; a later one wins, and a list replaces a list. */
export function mergeGcsfuseConfig(...configs: readonly GcsfuseConfig[]): GcsfuseConfig {
  return configs.reduce((merged, config) => {
    const result: Record<string, unknown> = { ...merged };
    for (const [key, value] of Object.entries(config)) {
      const before = result[key];
      if (value !== undefined) {
        result[key] = isSection(before) && isSection(value) ? mergeGcsfuseConfig(before, value) : value;
      }
    }
    return result;
  }, {});
}

function isSection(value: unknown): value is GcsfuseConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
