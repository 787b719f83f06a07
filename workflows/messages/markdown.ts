/** Text in which Markdown finds no marks of its own. */
export function text(raw: string): string {
  return raw.replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`).replaceAll('\n', ' ');
}

/** A table with columns aligned to the left; the Temporal UI leaves no space between cells, so they bring their own. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => `${cell}\u2003`).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => ' :--- |').join('')}`, ...rows.map(line)];
}

/** An id as a word of a shell's command line. */
export function shellWord(id: string): string {
  return /^[\w./-]+$/.test(id) ? id : `'${id.replaceAll("'", String.raw`'\''`)}'`;
}
