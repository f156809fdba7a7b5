import { Token } from "cdktf";
import { isSection } from "../boot/gcsfuse-config";
import { GcsfuseConfig } from "../boot/declaration";
import { invalidInput, quote, requireInteger } from "../checks/invalid-input";
import { isPlainText, PLAIN_TEXT } from "../checks/plain-text";
import { MountContent } from "./mount-caching";

export const NEEDS_CACHE = "what content is for is this cache: give it a size, or leave content out";

/** Of a gcsfuse config, which needs four; an object that contains itself would have no end. */
const MOST_LEVELS = 16;
const MOST_MIB = 2147483647;

/** Checks the keys and texts of a gcsfuse config. Texts may be unresolved tokens, other values may not. */
export function checkConfig(what: string, value: unknown, depth = 0): void {
  if (depth > MOST_LEVELS) {
    throw new Error(`${what} is not valid: it is nested too deeply: use at most ${MOST_LEVELS} levels`);
  }
  if (typeof value === "string") {
    if (!Token.isUnresolved(value) && !isPlainText(value)) {
      throw invalidInput(what, value, `use text with ${PLAIN_TEXT}`);
    }
  } else if (value !== null && value !== undefined && Token.isUnresolved(value)) {
    throw new Error(`${what} is an unresolved token: use a value that is known at synthesis (texts may be tokens)`);
  } else if (Array.isArray(value)) {
    [...(value as unknown[])].forEach((item, index) => checkConfig(`${what}[${index}]`, item, depth + 1));
  } else if (Object.prototype.toString.call(value) === "[object Object]") {
    for (const [key, item] of Object.entries(value as object)) {
      checkKey(what, key);
      checkConfig(`${what}.${key}`, item, depth + 1);
    }
  } else if (!Number.isFinite(value) && !["boolean", "undefined"].includes(typeof value) && value !== null) {
    throw invalidInput(what, value, "use what YAML can hold: texts, numbers, true, false, lists and objects");
  }
}

/** Checks that what is a section in this library's own config is one in the given config, too. */
export function checkSections(what: string, given: GcsfuseConfig, own: GcsfuseConfig): void {
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && isSection(own[key]) && !isSection(value)) {
      throw invalidInput(
        `${what}.${key}`,
        value,
        "it is a section of gcsfuse's config file: use an object with the section's keys",
      );
    }
  }
}

/**
 * As gcsfuse's documentation writes them. gcsfuse takes them in any case, and with dots for sections, too: whoever looks for a
 * setting, here and in a plan, would not find it.
 */
function checkKey(what: string, key: string): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(key)) {
    throw invalidInput(
      `key of ${what}`,
      key,
      'use a key as in gcsfuse\'s config file: lower-case letters, digits and "-", with an object for a section such as { "gcs-connection": { "custom-endpoint": "https://storage.example.com" } }',
    );
  }
}

/** gcsfuse has a file cache if it has a folder and a size for it. */
export function checkCache(what: string, config: GcsfuseConfig, content: MountContent | undefined): void {
  const { "cache-dir": folder, "file-cache": section = {} } = config;
  const { "max-size-mb": size, ...others } = section as GcsfuseConfig;
  const isFolder = Token.isUnresolved(folder) || (typeof folder === "string" && folder.startsWith("/"));
  if (folder !== undefined && !isFolder) {
    throw invalidInput(`${what}.cache-dir`, folder, 'use an absolute path such as "/var/cache/own", or leave it out');
  }
  if (size !== undefined) {
    requireInteger(`${what}.file-cache.max-size-mb`, size as number, -1, MOST_MIB);
  }
  if (size === 0 && content !== undefined) {
    throw invalidInput(`${what}.file-cache.max-size-mb`, size, NEEDS_CACHE);
  }
  const settings = Object.keys(others).filter((key) => others[key] !== undefined);
  if (folder === undefined && size !== undefined && size !== 0) {
    settings.push("max-size-mb");
  }
  if ((folder === undefined || size === 0) && settings.length > 0) {
    throw invalidInput(
      `${what}.file-cache`,
      settings[0],
      "this mount has no file cache: give it one with content or fileCacheMaxSizeMib",
    );
  }
}

const SEVERITIES = ["trace", "debug", "info", "warning", "error"];

/** By what gcsfuse says of its errors, the VM sees what would leave a file in pieces, and a bucket that is not there. */
export function checkLogging(what: string, { logging = {} }: GcsfuseConfig): void {
  const { severity, "file-path": file } = logging as GcsfuseConfig;
  const isKnown = typeof severity === "string" && SEVERITIES.includes(severity.toLowerCase());
  if (severity !== undefined && !Token.isUnresolved(severity) && !isKnown) {
    throw invalidInput(`${what}.severity`, severity, `use ${SEVERITIES.map(quote).join(", ")}: errors must be said`);
  }
  if (file !== undefined) {
    throw invalidInput(
      `${what}.file-path`,
      file,
      "leave it out: what gcsfuse says is in the log of its container, where errors are looked for",
    );
  }
}
