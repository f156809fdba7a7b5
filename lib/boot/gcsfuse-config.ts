import { GcsfuseConfig } from "./declaration";

/**
 * The defaults for an unmodified app on a small VM. Each mount can override every key.
 *
 * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/config-file
 */
export const GCSFUSE_DEFAULTS: GcsfuseConfig = {
  // Folders without a placeholder object, which exist only in the names of objects, are shown too.
  "implicit-dirs": true,
  "file-system": {
    // The app does not run as the user that runs gcsfuse.
    "fuse-options": ["allow_other"],
    // By default gcsfuse refuses to rename folders with files. Above this many files it still does.
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

/** Whether a value of a gcsfuse config has keys of its own. */
export function isSection(value: unknown): value is GcsfuseConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
