/**
 * What a terminal or a browser would act on instead of showing it: control characters, line separators, marks of the
 * writing direction, characters without width, and half surrogate pairs.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115F\u1160\u3164\uFFA0]/gu;

/** The text in one line, with what cannot be seen written as `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const short: { [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    return short[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
