import { expect, test } from 'vitest';
import { float, space } from '../../search-spaces/index.js';
import { differences } from '../../searches/index.js';
import { levelDefinition, searchDefinition } from '../support/simulated-search.js';

test('the same parts of a space in another order are another search', () => {
  const definition = (parts: ReturnType<typeof space>): ReturnType<typeof searchDefinition> =>
    searchDefinition([levelDefinition('one', { space: parts })]);
  const one = definition(space({ a: float(0, 1), b: float(0, 1) }));
  const two = definition(space({ b: float(0, 1), a: float(0, 1) }));
  expect(differences(one, one)).toEqual([]);
  expect(differences(one, two)).toEqual(['levels[0].space: the order of its keys']);
  const other = definition(space({ a: float(0, 2), b: float(0, 1) }));
  expect(differences(one, other)).toHaveLength(1);
  expect(differences(one, other)[0]).toMatch(/^levels\[0\]\.space\.a\.max: 1, now 2$/);
});
