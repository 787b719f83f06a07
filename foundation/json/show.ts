/** The words for what a message does not show in full. */
export interface ShowWords {
  /** A string, quoted and cut to a readable length. */
  readonly text: (text: string) => string;
  readonly array: (length: number) => string;
  readonly missing: string;
}

/** A value of any kind in a message: null, booleans and numbers as they are, the rest in the given words. */
export function showValue(value: unknown, words: ShowWords): string {
  switch (typeof value) {
    case 'string':
      return words.text(value);
    case 'undefined':
      return words.missing;
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? words.array(value.length) : 'an object';
  }
}

/** A text of at most `longest` characters: a longer one is cut and ends in `end`. */
export function cutText(text: string, longest: number, end = '…'): string {
  return text.length <= longest ? text : `${text.slice(0, longest - end.length)}${end}`;
}
