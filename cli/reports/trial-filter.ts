/** What a trial has under a name: a number, a text, or null where it has nothing. */
export type FieldValue = number | string | null;

/** A condition on one field; several of them must all hold. */
export interface FilterTerm {
  readonly name: string;
  readonly operator: '>' | '>=' | '<' | '<=' | '=' | '!=' | '~';
  /** Any of them may hold; of `!=` none. */
  readonly values: readonly string[];
}

/** A filter, or one sentence about what is wrong with its text. */
export type ParsedFilter =
  | { readonly kind: 'filter'; readonly terms: readonly FilterTerm[] }
  | { readonly kind: 'problem'; readonly message: string };

const term = /^("(?:[^"]+)"|[^\s"<>=!~]+)(>=|<=|!=|>|<|=|~)(.+)$/;

/**
 * Reads a filter such as `accuracy>0.95 width=12|16 outcome!=failed search~inner`: terms with spaces between them, all of
 * which must hold. `~` means "holds this text"; `|` separates alternatives; double quotes keep spaces together. `names`
 * are the fields that there are.
 */
export function parseFilter(text: string, names: readonly string[]): ParsedFilter {
  const terms: FilterTerm[] = [];
  for (const part of partsOf(text)) {
    const found = term.exec(part);
    const [name, operator, value] = [unquoted(found?.[1] ?? ''), found?.[2] ?? '', found?.[3] ?? ''];
    if (found === null || !isOperator(operator))
      return problem(`"${part}" is no condition: write one such as accuracy>0.95 or outcome=failed.`);
    if (!names.includes(name))
      return problem(`There is nothing named "${name}" to filter by: there are ${names.join(', ')}.`);
    const values = alternatives(value);
    const isOrder = operator !== '=' && operator !== '!=' && operator !== '~';
    const odd = isOrder
      ? values.find((each) => each.trim() === '' || !Number.isFinite(Number(each)))
      : undefined;
    if (odd !== undefined) return problem(`"${part}" compares with "${odd}", which is no number.`);
    terms.push({ name, operator, values });
  }
  return { kind: 'filter', terms };
}

/** Whether a trial with these fields keeps all terms. */
export function keepsFilter(
  terms: readonly FilterTerm[],
  field: (name: string) => FieldValue | undefined,
): boolean {
  return terms.every(({ name, operator, values }) => {
    const value = field(name) ?? null;
    if (operator === '!=') return values.every((wanted) => !isEqual(value, wanted));
    return values.some((wanted) => holds(value, operator, wanted));
  });
}

/** A term as text that `parseFilter` reads. */
export function termText({ name, operator, values }: FilterTerm): string {
  return `${quoted(name)}${operator}${values.map(quoted).join('|')}`;
}

function holds(value: FieldValue, operator: Exclude<FilterTerm['operator'], '!='>, wanted: string): boolean {
  switch (operator) {
    case '=':
      return isEqual(value, wanted);
    case '~':
      return value !== null && String(value).toLowerCase().includes(wanted.toLowerCase());
    case '>':
      return typeof value === 'number' && value > Number(wanted);
    case '>=':
      return typeof value === 'number' && value >= Number(wanted);
    case '<':
      return typeof value === 'number' && value < Number(wanted);
    case '<=':
      return typeof value === 'number' && value <= Number(wanted);
    default:
      return operator satisfies never;
  }
}

function isEqual(value: FieldValue, wanted: string): boolean {
  if (typeof value === 'number') return wanted.trim() !== '' && value === Number(wanted);
  return (value ?? '') === wanted;
}

function isOperator(text: string): text is FilterTerm['operator'] {
  return ['>', '>=', '<', '<=', '=', '!=', '~'].includes(text);
}

/** Splits at spaces outside of double quotes. */
function partsOf(text: string): readonly string[] {
  return text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

function alternatives(text: string): readonly string[] {
  return (text.match(/(?:"[^"]*"|[^|"])+/g) ?? []).map(unquoted);
}

function unquoted(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

function quoted(text: string): string {
  return text === '' || /[\s|<>=!~]/.test(text) ? `"${text}"` : text;
}

function problem(message: string): ParsedFilter {
  return { kind: 'problem', message };
}
