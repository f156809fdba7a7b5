/** A section of a unit file: directives in order; a list gives the directive several times. */
export type UnitSection = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A unit file by its sections. */
export interface Unit {
  readonly Unit: UnitSection;
  readonly Service: UnitSection;
}

/**
 * Renders a unit file.
 *
 * `%` is systemd's own and is doubled. A value with a line break cannot stand in a unit file, and a backslash at its end would join the
 * next line to it.
 *
 * @throws if a value cannot stand in a unit file
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
