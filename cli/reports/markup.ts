/** HTML or SVG text that is safe to put into a page. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, null is nothing. */
export type Content = Markup | string | number | null | readonly Content[];

/**
 * A template of markup: ``html`<b>${name}</b>` ``. It escapes its values, because journals may hold any text.
 * Attributes must be written in double quotes: a space in a value would end an attribute without them.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? '';
  for (const [place, value] of values.entries()) text += rendered(value) + (strings[place + 1] ?? '');
  return new Markup(text);
}

/** A value as JSON inside a `<script type="application/json">`; it cannot end the element. */
export function embeddedJson(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value)
      .replaceAll('<', '\\u003c')
      .replaceAll('\u2028', '\\u2028')
      .replaceAll('\u2029', '\\u2029'),
  );
}

/** A program inside a `<script>`; it cannot end the element. */
export function embeddedScript(program: string): Markup {
  // Inside strings and patterns, the only places where it occurs in a program, `<\/` means the same.
  return new Markup(program.replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--'));
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it is written in markup. */
export function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character);
}

function rendered(value: Content): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return value.map(rendered).join('');
}
