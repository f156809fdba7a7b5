/** The directives of a section, in order. A directive with a list is written once for each element. */
export type UnitSection = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The sections of a unit file. */
export interface Unit {
  readonly Unit: UnitSection;
  readonly Service: UnitSection;
}

/**
 * Renders a unit file. `%` is doubled, since systemd expands `%h` and the like.
 *
 * @throws if a value has a line break, or a backslash at its end, which would join the next line to it
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html
 */
export function renderUnit(unit: Unit): string {
  return Object.entries(unit)
    .map(([name, section]) => `[${name}]\n${renderSection(section as UnitSection)}`)
    .join("\n");
}

function renderSection(section: UnitSection): string {
  return Object.entries(section)
    .flatMap(([directive, value]) => (Array.isArray(value) ? value : [value]).map((one) => ({ directive, one })))
    .filter(({ one }) => one !== undefined)
    .map(({ directive, one }) => `${directive}=${escapeValue(String(one))}\n`)
    .join("");
}

function escapeValue(value: string): string {
  if (/[\r\n]|\\$/.test(value)) {
    throw new Error(
      `a value of a unit file cannot have a line break or end with a backslash: ${JSON.stringify(value)}`,
    );
  }
  return value.replace(/%/g, "%%");
}
