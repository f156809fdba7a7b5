import fc from "fast-check";
import { renderUnit } from "../../lib/boot/unit-file";

/**
 * Reads a unit file as systemd does, as far as these files go: sections, directives, a backslash at the end of a line that
 * continues it, and `%%` for `%`.
 */
function readUnit(text: string): Record<string, Record<string, string[]>> {
  const unit: Record<string, Record<string, string[]>> = {};
  let section = "";
  for (const line of text.replace(/\\\n/g, " ").split("\n")) {
    if (line.startsWith("[")) {
      section = line.slice(1, -1);
      unit[section] = {};
    } else if (line !== "" && !/^[#;]/.test(line)) {
      const [name, value] = line.split(/=(.*)/s);
      expect(value).not.toMatch(/(^|[^%])(%%)*%([^%]|$)/);
      (unit[section][name] ??= []).push(value.trim().replace(/%%/g, "%"));
    }
  }
  return unit;
}

/** A value as systemd keeps it: one line, no space around it. */
const value = fc
  .array(fc.oneof(fc.constantFrom("%", "%%", "%n", "=", "#", ";", "[", "\\"), fc.string({ unit: "grapheme" })))
  .map((parts) => parts.join("").trim())
  .filter((text) => !/[\r\n\0]|\\$/.test(text));

test("systemd reads what was given, whatever is in it", () => {
  fc.assert(
    fc.property(value, fc.array(value), (description, environment) => {
      const unit = renderUnit({
        Unit: { Description: description },
        Service: { Environment: environment, Type: "simple" },
      });
      const { Unit, Service } = readUnit(unit);
      expect(Unit).toEqual({ Description: [description] });
      expect(Service).toEqual({ ...(environment.length > 0 && { Environment: environment }), Type: ["simple"] });
    }),
  );
});

test("what is not given is left out", () => {
  expect(renderUnit({ Unit: { Description: "a", After: undefined }, Service: { TimeoutStopSec: 45 } })).toBe(
    "[Unit]\nDescription=a\n\n[Service]\nTimeoutStopSec=45\n",
  );
});

test.each(["a\nb", "a\rb", "\n", "a\\"])("refused in a value: %j", (text) => {
  expect(() => renderUnit({ Unit: { Description: text }, Service: {} })).toThrow(
    new Error(`a value of a unit file cannot have a line break or end with a backslash: ${JSON.stringify(text)}`),
  );
});
