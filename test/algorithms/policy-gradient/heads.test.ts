import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawGenome } from '../../../algorithms/policy-gradient/categorical-policy.js';
import {
  decide,
  decisionsIn,
  genomeOf,
  isActive,
  readDecisions,
} from '../../../algorithms/policy-gradient/decisions.js';
import { AlgorithmError } from '../../../algorithms/index.js';
import {
  checkLogits,
  headsOf,
  initialLogits,
  type HeadRules,
} from '../../../algorithms/policy-gradient/heads.js';
import { dlog, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  float,
  int,
  listOf,
  manyOf,
  oneOf,
  permutation,
  validate,
  view,
} from '../../../search-spaces/index.js';
import { arbitraryHeads, independentRules, sequentialRules } from './space-heads.js';

describe('heads of random spaces', () => {
  test('have logits one after the other, ids of their own, and heads above them that come first', () => {
    fc.assert(
      fc.property(arbitraryHeads(), ({ tree }) => {
        let offset = 0;
        for (const [place, head] of tree.heads.entries()) {
          expect(head.offset).toBe(offset);
          expect(head.of).toBe(head.options.length);
          expect(head.of).toBeGreaterThan(0);
          expect(head.parent).toBeLessThan(place);
          expect(head.parentOption).toBeLessThanOrEqual(head.lastParentOption);
          if (head.parent >= 0) {
            expect(head.parentOption).toBeGreaterThanOrEqual(0);
            expect(head.lastParentOption).toBeLessThan(tree.heads[head.parent]?.of ?? 0);
          }
          offset += head.of;
        }
        expect(tree.size).toBe(offset);
        expect(new Set(tree.heads.map(({ id }) => id)).size).toBe(tree.heads.length);
      }),
    );
  });

  test('decide valid genomes only, whatever the logits', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), ({ space, tree }, seed) => {
        const source = new RandomStream(rngFromSeed(seed));
        const logits = Float64Array.from({ length: tree.size }, () => (source.unit() - 0.5) * 60);
        for (let draw = 0; draw < 5; draw += 1) {
          expect(validate(space, drawGenome(tree, logits, source))).toMatchObject({ ok: true });
        }
      }),
    );
  });

  test('are read back from a genome, and exactly those that are active are decided', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), ({ tree }, seed) => {
        const source = new RandomStream(rngFromSeed(seed));
        const options = tree.heads.map(() => -1);
        const met: number[] = [];
        const genome = decide(tree, ({ of }, place, isLegal) => {
          const legal = Array.from({ length: of }, (_, option) => option).filter((option) => isLegal(option));
          const option = legal[source.below(legal.length)] ?? -1;
          met.push(place);
          options[place] = option;
          return option;
        });
        const made = readDecisions(tree, genome);
        expect(made.map(({ place }) => place)).toEqual(met);
        expect(made.map(({ option }) => option)).toEqual(met.map((place) => options[place]));
        expect(
          tree.heads.flatMap((_, place) => (isActive(tree.heads, options, place) ? [place] : [])),
        ).toEqual(met);
        expect(genomeOf(tree, options)).toEqual(genome);
        expect(decisionsIn(tree, [...genome, 0])).toEqual({ kind: 'too-long', needed: genome.length });
      }),
    );
  });
});

describe('the rules', () => {
  const list = view(listOf(oneOf(['a', 'b']), { min: 1, max: 3 }));

  test('share the elements of a list among its lengths, or give each length its own', () => {
    const shared = headsOf(list, sequentialRules).heads;
    expect(
      shared.map(({ parent, parentOption, lastParentOption }) => [parent, parentOption, lastParentOption]),
    ).toEqual([
      [-1, -1, -1],
      [0, 0, 2],
      [0, 1, 2],
      [0, 2, 2],
    ]);
    const own = headsOf(list, independentRules).heads;
    expect(
      own.map(({ parent, parentOption, lastParentOption }) => [parent, parentOption, lastParentOption]),
    ).toEqual([
      [-1, -1, -1],
      [0, 0, 0],
      [0, 1, 1],
      [0, 1, 1],
      [0, 2, 2],
      [0, 2, 2],
      [0, 2, 2],
    ]);
  });

  test('mask the picks of a permutation, or decide them jointly', () => {
    const order = view(permutation(['x', 'y', 'z']));
    expect(headsOf(order, sequentialRules).heads.map(({ of }) => of)).toEqual([3, 3, 3]);
    expect(headsOf(order, independentRules).heads.map(({ options }) => options)).toEqual([
      [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ],
    ]);
  });

  test('put the values of a float in the centres of equal parts or from end to end', () => {
    const unit = view(float(0, 1));
    expect(headsOf(unit, sequentialRules).heads[0]?.options.flat()).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect(headsOf(unit, independentRules).heads[0]?.options.flat()).toEqual([0, 0.5, 1]);
  });

  test('start from the weights of the space, ints on a log scale by choice', () => {
    const weighted = view([oneOf(['x', 'y'], { weights: [3, 1] }), int(1, 2, { scale: 'log' })]);
    const logits = initialLogits(headsOf(weighted, sequentialRules));
    expect(logits[0]).toBe(0);
    expect(logits[1]).toBeCloseTo(-dlog(3), 12);
    expect(logits[3]).toBeCloseTo(dlog(dlog(2.5 / 1.5) / dlog(1.5 / 0.5)), 12);
    expect([...initialLogits(headsOf(weighted, independentRules))].slice(2)).toEqual([0, 0]);
  });

  test('keep the tags of the decisions', () => {
    const tagged = view(manyOf(2, [bool({ tags: ['inner'] }), 1], { distinct: false, tags: ['outer'] }));
    expect(headsOf(tagged, sequentialRules).heads.map(({ tags }) => tags)).toEqual([
      ['outer'],
      ['inner'],
      ['outer'],
      ['inner'],
    ]);
  });
});

describe('limits', () => {
  test('name the decision, the algorithm and what to make smaller', () => {
    const tree = headsOf(view(int(1, 40)), sequentialRules);
    expect(tree.size).toBe(40);
    expect(headsOf(view(int(1, 40)), { ...sequentialRules, mostOptions: 40 }).size).toBe(40);
    expect(() => headsOf(view(int(1, 40)), { ...sequentialRules, mostOptions: 39 })).toThrow(
      /has 40 options, sequential takes at most 39/,
    );
    expect(() => checkLogits(tree, 'bins')).not.toThrow();
    expect(() => checkLogits({ ...tree, size: 8_193 }, 'bins')).toThrow(
      /8193 logits.*at most 8192.*fewer 'bins'/,
    );
  });

  test('refuse picks that cannot be decided jointly', () => {
    const many = view(permutation([0, 1, 2, 3, 4, 5]));
    expect(() => headsOf(many, independentRules)).toThrow(/have 720 combinations, which independent cannot/);
    const deep = view(manyOf(2, [bool(), 1]));
    expect(() => headsOf(deep, independentRules)).toThrow(/have decisions below them/);
  });

  test('refuse a space for its first mistake in genome order', () => {
    const space = view([bool({ tags: ['wrong'] }), permutation([0, 1, 2, 3, 4, 5])]);
    const check: HeadRules['check'] = ({ tags }) => {
      if (tags.includes('wrong')) throw new AlgorithmError('a wrong tag');
    };
    expect(() => headsOf(space, { ...independentRules, check })).toThrow(/a wrong tag/);
    expect(() => headsOf(space, independentRules)).toThrow(/720 combinations/);
  });

  test('refuse an option that a head does not have or that a pick before it excludes', () => {
    const tree = headsOf(view(manyOf(2, ['a', 'b', 'c'])), sequentialRules);
    expect(() => genomeOf(tree, [0, 3])).toThrow(/head 1 of sequential has no option 3/);
    expect(() => genomeOf(tree, [1, 1])).toThrow(/head 1 of sequential cannot take option 1 after/);
    expect(() => readDecisions(tree, [1, 1])).toThrow(/cannot draw the genome \[1, 1\]: see number 1/);
    expect(() => readDecisions(tree, [1])).toThrow(/see number 1/);
    expect(() => readDecisions(tree, [1, 0, 0])).toThrow(/a genome of 3 numbers here, only of 2/);
  });
});
