import { expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { Choices, Decision } from '../../search-spaces/index.js';
import {
  bool,
  childOf,
  decode,
  encode,
  fits,
  fix,
  float,
  int,
  isDecision,
  join,
  listOf,
  manyOf,
  nodeOf,
  object,
  oneOf,
  optional,
  OptionNames,
  part,
  permutation,
  sampleBatch,
  spaceHash,
  superNet,
  tagged,
  toDict,
  view,
} from '../../search-spaces/index.js';

/** One decision of each kind; the type refuses a list that lacks a kind. */
const examples: { readonly [K in Decision['$kind']]: Extract<Decision, { readonly $kind: K }> } = {
  oneOf: oneOf(['a', { width: int(1, 3) }]),
  manyOf: manyOf(2, ['a', { width: int(1, 3) }, 'c']),
  permutation: permutation(['a', 'b', { width: int(1, 3) }]),
  int: int(1, 9, { step: 2 }),
  float: float(0.5, 2, { scale: 'log' }),
  bool: bool({ weights: [1, 2] }),
  optional: optional({ width: int(1, 3) }),
  listOf: listOf({ width: int(1, 3) }, { min: 0, max: 2 }),
};

const nothing = (): boolean => false;
const everything = (): boolean => true;

test.each(Object.entries(examples))('%s goes through all that walks spaces', (kind, decision) => {
  const whole = object({ before: bool(), it: decision });
  expect(isDecision(decision)).toBe(true);
  expect(nodeOf(decision).kind).toBe(kind);
  expect(view(whole).nodes).toHaveLength(2);
  expect(fits(whole, whole)).toBeNull();
  expect(view(tagged(whole, 'label')).nodes.map(({ tags }) => tags)).toEqual([['label'], ['label']]);
  const net = superNet(whole, everything);
  const frozen = part(whole, nothing);
  for (const genome of sampleBatch(whole, rngFromSeed(7), 20)) {
    const value = decode(whole, genome);
    const back = encode(whole, value);
    expect(back.ok && decode(whole, back.value)).toEqual(value);
    // Without literals or labels a dictionary of active points holds numbers only.
    expect(fix(whole, toDict(whole, genome) as Choices)).toEqual(value);
    expect(join(whole, nothing, [], genome)).toEqual(genome);
    expect(childOf(net, genome)).toEqual(value);
  }
  expect(decode(frozen, [])).toMatchObject({ it: { $kind: kind } });
  const [, node] = view(whole).nodes;
  expect(new OptionNames(whole).nameOf(node?.id ?? '', [1])).not.toBe('');
});

test('kinds that decide the same hash differently', () => {
  const alike = [bool(), oneOf([false, true]), manyOf(1, [false, true]), permutation([false, true])];
  expect(new Set(alike.map((decision) => spaceHash(decision))).size).toBe(alike.length);
  expect(spaceHash(int(1, 9))).toBe(spaceHash({ $kind: 'int', min: 1, max: 9 }));
});
