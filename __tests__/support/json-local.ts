import fc from "fast-check";

/** Any Unicode but halves of surrogate pairs and NUL, which no text of a process can have. */
export const ANY_TEXT = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "$",
        "%",
        "{",
        "}",
        "${",
        "%{",
        "$${",
        "%%{",
        "\\",
        "\\u{",
        "\\u{0041}",
        '"',
        "\n",
        "\u0301",
        "\u1161",
      ),
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join("").replace(/\0/g, ""));

/**
 * The value that Terraform makes the JSON text of, given the local value in the synthesized stack: a model of what
 * e2e/terraform-text.test.ts sees of the real one. Expressions stay as they are.
 */
export function readLocal(value: unknown): unknown {
  if (typeof value === "string") {
    return value
      .replace(/([$%])\1\{/g, "$1{")
      .replace(/\\u\{([0-9a-f]{4})\}/g, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
  }
  if (Array.isArray(value)) {
    return value.map(readLocal);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [readLocal(key), readLocal(item)]))
    : value;
}
