/**
 * Bundles the emulator into this folder, so that its image needs no packages, and puts the licences of the packages that
 * are in the bundle beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL(".", import.meta.url));
const root = join(folder, "../..");

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["server", "list-objects"].map((name) => join(relative(root, folder), "src", `${name}.ts`)),
  outdir: folder,
  bundle: true,
  platform: "node",
  target: "node18",
  // Else the comments in the bundle, and so the image's tag, would depend on where node_modules is linked to.
  preserveSymlinks: true,
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});

const packages = Object.values(metafile.outputs)
  .flatMap(({ inputs }) => Object.entries(inputs))
  .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  .map(([input]) => /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0])
  .filter((path) => path !== undefined);

/** One package's name, version and licence, as its authors put it. */
function licenceOf(path) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
  if (!license) {
    throw new Error(`${name} ${version} names no licence: it cannot be bundled`);
  }
  const texts = readdirSync(join(root, path))
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, path, file), "utf8")
        .replace(/\r\n/g, "\n")
        .trim(),
    );
  const holder = typeof author === "object" ? author.name : (author ?? "its authors");
  const text = texts.length > 0 ? texts.join("\n\n") : `By ${holder}; the package has no text of its licence.`;
  return `${name} ${version} (${license})\n\n${text}\n`;
}

// The same version may be there more than once.
const licences = [...new Set(packages.map(licenceOf))].sort();
const line = `\n${"-".repeat(80)}\n\n`;
writeFileSync(
  join(folder, "THIRD-PARTY-LICENSES"),
  ["server.js and list-objects.js contain code of the following packages.\n", ...licences].join(line),
);
