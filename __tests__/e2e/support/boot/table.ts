/** Prints rows under their headings, past jest's own decoration. */
export function printTable(title: string, headings: readonly string[], rows: readonly (string | number)[][]): void {
  const cells = [headings, ...rows].map((row) => row.map((cell) => text(cell)));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  process.stdout.write(`\n${title}\n${[lines[0], rule, ...lines.slice(1)].join("\n")}\n\n`);
}

function text(cell: string | number): string {
  return typeof cell === "string" || Number.isInteger(cell) ? String(cell) : cell.toFixed(1);
}
