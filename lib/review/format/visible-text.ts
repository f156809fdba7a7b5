/**
 * What a terminal or a browser would act on instead of showing it: control characters, line separators, marks of the
 * writing direction, characters without width, and half surrogate pairs.
 */
const INVISIBLE = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115F\u1160\u3164\uFFA0]`;
/** A backslash that would be read as the beginning of an escape, or as a part of one. */
const MISLEADING = String.raw`\\(?=\\|[nrt]|u\{|${INVISIBLE})`;
const SHOWN_OTHERWISE = new RegExp(`${MISLEADING}|${INVISIBLE}`, "gu");

/**
 * The text in one line, with what cannot be seen written as `\u{202e}`, and a backslash that is in the text and looks like
 * the beginning of that as `\\`: two texts never look the same.
 */
export function visible(text: string): string {
  return text.replace(SHOWN_OTHERWISE, (character) => {
    const short: { [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
    return short[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
