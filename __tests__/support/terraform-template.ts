import fc from "fast-check";

/** Text with many of the characters that mean something in Terraform's templates. */
export const TEMPLATE_TEXT = fc
  .array(
    fc.oneof(
      fc.constantFrom("$", "%", "{", "}", "${", "%{", "$${", "%%{", "~", '"', "\\", "\n"),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join(""));

/**
 * Reads a template as Terraform does, from left to right: the texts, and the expressions between them.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings
 */
export function readTemplate(template: string): (string | { expression: string })[] {
  const parts: (string | { expression: string })[] = [];
  let text = "";
  for (let rest = template; rest.length > 0;) {
    const escaped = /^([$%])\1\{/.exec(rest);
    const expression = /^[$%]\{([^}]*)\}/.exec(rest);
    if (escaped !== null) {
      text += escaped[0].slice(1);
      rest = rest.slice(3);
    } else if (expression !== null) {
      parts.push(...(text === "" ? [] : [text]), { expression: expression[1] });
      text = "";
      rest = rest.slice(expression[0].length);
    } else {
      text += rest[0];
      rest = rest.slice(1);
    }
  }
  return text === "" && parts.length > 0 ? parts : [...parts, text];
}
