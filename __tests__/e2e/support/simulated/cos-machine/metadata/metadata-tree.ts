/** A folder of the metadata server; a leaf is a text. */
export interface MetadataFolder {
  readonly [name: string]: MetadataFolder | string;
}

export type MetadataEntry = MetadataFolder | string;

export function entryAt(root: MetadataFolder, path: readonly string[]): MetadataEntry | undefined {
  let entry: MetadataEntry | undefined = root;
  for (const name of path) {
    if (typeof entry === "string" || entry === undefined || !Object.hasOwn(entry, name)) return undefined;
    entry = entry[name];
  }
  return entry;
}

/** One name a line; folders end in a slash. */
export function listing(folder: MetadataFolder): string {
  return Object.entries(folder)
    .map(([name, entry]) => (typeof entry === "string" ? `${name}\n` : `${name}/\n`))
    .join("");
}

/** As ?recursive=true gives it: names in camel case, but for those that people chose. */
export function asJson(entry: MetadataEntry, namesAreChosen = false): unknown {
  if (typeof entry === "string") return entry;
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      namesAreChosen ? name : name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      asJson(value, namesAreChosen || name === "attributes"),
    ]),
  );
}
