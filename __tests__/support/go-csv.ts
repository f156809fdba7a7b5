/**
 * Reads one line of comma-separated values by the rules of Go's encoding/csv with its defaults, which docker's `--mount`
 * goes through: a field that starts with a quote is quoted, a quote in another one is an error, "\r\n" becomes "\n".
 *
 * @see https://pkg.go.dev/encoding/csv
 */
export function readGoCsv(line: string): string[] {
  const fields: string[] = [];
  let rest = line.replace(/\r\n/g, "\n");
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(rest);
    const bare = /^[^",\n]*(?=,|$)/.exec(rest);
    const match = rest.startsWith('"') ? quoted : bare;
    if (match === null) {
      throw new Error(`not a line of comma-separated values: ${rest}`);
    }
    fields.push(quoted !== null ? quoted[1].replace(/""/g, '"') : match[0]);
    if (match[0].length === rest.length) {
      return fields;
    }
    rest = rest.slice(match[0].length + 1);
  }
}
