/**
 * What a terminal would obey instead of showing: control characters of ASCII and Latin-1 (ECMA-48, ISO/IEC 6429) but for
 * line feed and tab, and the characters that turn the direction of writing (Unicode's UAX 9).
 */
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as it may be printed. Messages, names and metrics come from evaluations, files and other people; without this
 * they could set the title of a terminal, move its cursor or write its clipboard.
 */
export function printableText(text: string): string {
  return text.replace(obeyed, '');
}

/** A value as one line of JSON that may be printed: what a terminal would obey is escaped, so a reader gets all of it. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
