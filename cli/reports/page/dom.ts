/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

type Child = Node | string | number | null | readonly Child[];

/** An attribute, or a listener where the name begins with `on`; null and false leave it out. */
type Attribute = string | number | boolean | null | ((event: Event) => void);

/** Makes an element. Texts are texts, never markup: journals may hold any text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  decorate(made, attributes);
  append(made, children);
  return made;
}

/** Makes an element of a drawing. */
export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  decorate(made, attributes);
  append(made, children);
  return made;
}

/** A button with a text. */
export function button(
  text: string,
  action: () => void,
  more: Readonly<Record<string, Attribute>> = {},
): HTMLButtonElement {
  return element('button', { type: 'button', onclick: action, ...more }, text);
}

/** A choice of texts under a label; `changed` gets the place of the chosen one. */
export function choice(
  label: string,
  options: readonly string[],
  chosen: number,
  changed: (place: number) => void,
): HTMLLabelElement {
  const select = element(
    'select',
    {},
    options.map((text, place) => element('option', { value: place, selected: place === chosen }, text)),
  );
  select.addEventListener('change', () => changed(select.selectedIndex));
  return element('label', { class: 'choice' }, element('span', {}, label), select);
}

function decorate(made: Element, attributes: Readonly<Record<string, Attribute>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(made: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    if (typeof child === 'string' || typeof child === 'number') made.append(String(child));
    else if (child instanceof Node) made.append(child);
    else append(made, child);
  }
}
