/**
 * Characters that do not pass unchanged through YAML, systemd and bash, as the text of the VM's files must: control
 * characters and line breaks (C0, C1, U+2028, U+2029), what YAML calls unprintable (U+FFFE, U+FFFF, halves of surrogate
 * pairs) and the byte order mark.
 *
 * @see https://yaml.org/spec/1.2.2/#51-character-set
 */
const NOT_PLAIN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/** The requirements for plain text, for messages. */
export const PLAIN_TEXT = "no space at either end, no line breaks or control characters, Unicode in form NFC";

/**
 * Whether text reaches the VM unchanged. Terraform normalizes Unicode to NFC, and docker refuses spaces at the ends of
 * a mount's fields.
 */
export function isPlainText(value: string): boolean {
  return !NOT_PLAIN.test(value) && value.trim() === value && value.normalize("NFC") === value;
}

/**
 * The same for Terraform's `regex`, which checks unresolved tokens. They are written into files without the quoting
 * that literals get, so quotes and backslashes are excluded as well.
 *
 * @see https://developer.hashicorp.com/terraform/language/functions/regex
 */
const EXCLUDED = String.raw`\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{feff}\x{fffe}\x{ffff}"\\`;
export const PLAIN_TOKEN = `^[^ ${EXCLUDED}]([^${EXCLUDED}]*[^ ${EXCLUDED}])?$`;

/** A character of a folder's name. A path is also a field of docker's `--mount`, where a comma would begin another one. */
const inName = (not = "") => `[^${not},/${EXCLUDED}]`;
/** Not "." or ".." (RE2 has no lookahead), and the last one ends with no space. */
const FOLDER = `(\\.{0,2}${inName(".")}${inName()}*|\\.{3}${inName()}*)`;
const LAST_FOLDER = `(\\.{0,2}(${inName(" .")}|${inName(".")}${inName()}*${inName(" ")})|\\.{3}(${inName()}*${inName(" ")})?)`;
/** An absolute, normalized path. */
export const PLAIN_PATH_TOKEN = `^(/${FOLDER})*/${LAST_FOLDER}$`;
