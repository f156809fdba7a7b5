const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { addHook } = require("pirates");
const { version } = require("sucrase/package.json");

/**
 * `node -r ./scripts/typescript.cjs` does what `-r sucrase/register/ts` does, without source maps, and keeps the results: most
 * of what a synthesis took was to transpile a hundred files of which few had changed since the last one.
 */
const cache = join(__dirname, `../node_modules/.cache/sucrase-${version}`);
/** @type {import("sucrase").Transform[]} */
const transforms = ["imports", "typescript"];
/** Ends what is kept: of a file that a crash has cut off, it is missing. */
const END = "\n//# whole\n";

addHook(
  (/** @type {string} */ code, /** @type {string} */ filePath) => {
    const kept = join(cache, createHash("sha256").update(`${transforms}\0${code}`).digest("hex"));
    return read(kept) ?? keep(kept, `${transpile(code, filePath)}${END}`);
  },
  { exts: [".ts"] },
);

/**
 * @param {string} code
 * @param {string} filePath
 */
function transpile(code, filePath) {
  return require("sucrase").transform(code, { transforms, filePath }).code;
}

/** @param {string} file */
function read(file) {
  try {
    const text = readFileSync(file, "utf8");
    return text.endsWith(END) ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Another process never reads half of it; where nothing can be written, nothing is kept.
 *
 * @param {string} file
 * @param {string} text
 */
function keep(file, text) {
  const written = `${file}.${process.pid}`;
  try {
    mkdirSync(cache, { recursive: true });
    writeFileSync(written, text);
    renameSync(written, file);
  } catch {
    // The next run transpiles again.
  }
  return text;
}
