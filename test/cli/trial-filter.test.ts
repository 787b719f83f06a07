import { expect, test } from 'vitest';
import { keepsFilter, parseFilter, termText } from '../../cli/reports/trial-filter.js';

const names = ['accuracy', 'width', 'outcome', 'search', 'the depth'];
const trial: Readonly<Record<string, number | string | null>> = {
  accuracy: 0.96,
  width: 12,
  outcome: 'scored',
  search: 'co-design/3/inner',
  'the depth': null,
};

function keeps(text: string): boolean {
  const parsed = parseFilter(text, names);
  if (parsed.kind === 'problem') throw new Error(parsed.message);
  return keepsFilter(parsed.terms, (name) => trial[name]);
}

test.each([
  ['', true],
  ['accuracy>0.95 width=12', true],
  ['accuracy>0.95 width=13', false],
  ['accuracy>=0.96 accuracy<=0.96', true],
  ['accuracy<0.96', false],
  ['width=8|12', true],
  ['width!=8|12', false],
  ['outcome=failed|scored', true],
  ['outcome!=failed', true],
  ['search~INNER', true],
  ['search~"co-design/3"', true],
  ['"the depth"=1', false],
  ['"the depth"!=1', true],
  ['"the depth"=""', true],
  ['"the depth"<1', false],
])('%s keeps it: %s', (text, kept) => {
  expect(keeps(text)).toBe(kept);
});

test.each([
  ['accuracy', 'is no condition'],
  ['speed>1', 'nothing named "speed"'],
  ['accuracy>much', 'which is no number'],
])('%s is refused with one sentence', (text, message) => {
  const parsed = parseFilter(text, names);
  expect(parsed.kind).toBe('problem');
  expect(parsed.kind === 'problem' ? parsed.message : '').toContain(message);
});

test('a term is written as it is read', () => {
  for (const text of ['accuracy>=0.5', 'outcome=failed|scored', '"the depth"="a b"|c']) {
    const parsed = parseFilter(text, names);
    expect(parsed.kind === 'filter' ? parsed.terms.map(termText).join(' ') : null).toBe(text);
  }
});
