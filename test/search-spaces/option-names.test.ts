import { expect, test } from 'vitest';
import {
  bool,
  constant,
  float,
  frozen,
  int,
  listOf,
  manyOf,
  object,
  oneOf,
  OptionNames,
  optional,
  permutation,
  view,
  type Space,
  type View,
} from '../../search-spaces/index.js';

const everything: Space = object({
  activation: oneOf(['relu', 'tanh']),
  layer: oneOf([{ op: 'conv', width: int(1, 300) }, constant({ deep: [1, 2.000001] }), null]),
  rate: float(1e-4, 1e-1, { scale: 'log' }),
  flip: bool(),
  crop: optional({ size: int(1, 3) }),
  blocks: listOf({ kernel: oneOf([3, 5]) }, { min: 0, max: 2 }),
  picks: manyOf(2, ['a', { b: bool() }], { distinct: false }),
  order: permutation(['x', 'y', 'z']),
  kept: frozen(oneOf(['p', { q: oneOf([7, 8]) }])),
});

test.each([
  ['activation', [1], 'tanh'],
  ['layer', [0], '{op: conv, width: …}'],
  ['layer', [1], '{deep: [1, 2]}'],
  ['layer', [2], 'null'],
  ['layer[=0/3].width', [17], '17'],
  ['rate', [0.000123456], '0.0001235'],
  ['flip', [0], 'false'],
  ['crop', [1], 'present'],
  ['crop', [0], 'absent'],
  ['blocks[#]', [2], '2'],
  ['blocks[1].kernel', [1], '5'],
  ['picks', [1], '{b: …}'],
  ['picks[*][=1/2].b', [1], 'true'],
  ['order', [2, 0, 1], 'z, x, y'],
  ['kept.candidates[1].q', [1], '8'],
])('%s %j is %s', (node, numbers, name) => {
  expect(new OptionNames(everything).nameOf(node, numbers)).toBe(name);
});

test('every decision of a view has names, and long ones are cut', () => {
  const nodesOf = (of: View): readonly string[] =>
    of.nodes.flatMap((node) => [node.id, ...('sub' in node ? node.sub.flatMap(nodesOf) : [])]);
  const names = new OptionNames({ ...everything, long: oneOf(['n'.repeat(100), 1]) });
  // A decision that is not found has its numbers for names; all of these have words.
  const worded = nodesOf(view(everything)).filter((id) => !/rate|width|size|#|kernel|q$/.test(id));
  expect(worded.length).toBeGreaterThan(6);
  for (const id of worded) expect(names.nameOf(id, [0])).not.toBe('0');
  expect(names.nameOf('long', [0])).toHaveLength(40);
});
