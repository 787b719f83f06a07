import { describe, expect, test } from 'vitest';
import type { Json } from '../../../foundation/json/index.js';
import type { Genome, GenomeCode, Point, Space, SpaceProblem } from '../../../search-spaces/index.js';
import {
  decode,
  encode,
  first,
  fromTree,
  last,
  mutate,
  next,
  parseSpace,
  points,
  sample,
  size,
  SpaceError,
  toDict,
  toTree,
  validate,
} from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import type { CaseDecisionPoint, CaseFacts, SpaceSections } from './case-file.js';
import { adapted, readSection } from './case-file.js';
import { allOutcomes } from '../choice-oracle.js';

const spaceCases = readSection<SpaceSections, 'space_cases'>('space_cases', 39);
const constructionCases = readSection<SpaceSections, 'construction_cases'>('construction_cases', 12);
const mutationCases = readSection<SpaceSections, 'mutation_cases'>('mutation_cases', 7);

const codeOfReason: Readonly<Record<string, GenomeCode>> = {
  missing_conditional_decision: 'too_short',
  too_short_for_branch: 'too_short',
  too_long_for_branch: 'too_long',
  extra_decision_under_constant_candidate: 'too_long',
  inner_index_out_of_range: 'index_out_of_range',
};

/** Values of decisions that the case file states as they are, and those that it only renders, such as compound candidates. */
const compared = { literals: 0, renderings: 0 };

/** Compares the value of a decision with the library's literal: `'a'` is the string a, `None` is null. */
function expectLiteral(found: Json | undefined, literal: Json): void {
  if (Array.isArray(literal)) {
    if (!Array.isArray(found)) throw new Error('Several picks were expected.');
    expect(found).toHaveLength(literal.length);
    for (const [place, one] of literal.entries()) expectLiteral(found[place], one);
    return;
  }
  if (typeof literal !== 'string') {
    expect(found).toBe(literal);
  } else if (literal === 'None') {
    expect(found).toBeNull();
  } else if (/^'[^']*'$/.test(literal)) {
    expect(found).toBe(literal.slice(1, -1));
  } else {
    compared.renderings++;
    return;
  }
  compared.literals++;
}

function problem(space: Space, numbers: unknown): SpaceProblem | null {
  const result = validate(space, numbers);
  return result.ok ? null : result.error;
}

function asCaseFact(point: Point): CaseDecisionPoint {
  const { node, id, when, pick } = point;
  const shared = {
    id,
    conditional_on: when?.id ?? null,
    ...(node.name === undefined ? {} : { name: node.name }),
    ...(node.tags[0] === undefined ? {} : { hints: node.tags[0] }),
  };
  switch (node.kind) {
    case 'choice':
    case 'picks': {
      const sizes = node.sub.map((sub) =>
        sub.size === 'infinite' || Number(sub.size) > Number.MAX_SAFE_INTEGER ? sub.size : Number(sub.size),
      );
      const choice = {
        ...shared,
        kind: 'choice' as const,
        num_candidates: node.of,
        candidate_subspace_sizes: sizes,
      };
      if (node.kind === 'choice' || pick === null) return choice;
      const { distinct, sorted } = node;
      return {
        ...choice,
        subchoice_of: id.slice(0, id.lastIndexOf('[')),
        subchoice_index: pick,
        distinct,
        sorted,
      };
    }
    case 'length':
      throw new Error('The library has no lists of variable length.');
    case 'int':
    case 'float':
      return { ...shared, kind: 'float', min: node.min, max: node.max, scale: node.scale };
    default:
      return node satisfies never;
  }
}

function expectedFact(fact: CaseDecisionPoint & { readonly literals?: Json }): CaseDecisionPoint {
  const { literals: _literals, scale, ...rest } = fact;
  if (fact.kind === 'float')
    return {
      ...rest,
      scale: scale === null ? 'linear' : scale === 'rlog' ? 'reverseLog' : (scale ?? 'linear'),
    };
  return rest;
}

function checkSweep(space: Space, facts: CaseFacts): void {
  const { sweep } = facts;
  let genome: Genome | null = first(space);
  sweep.points.forEach((point, i) => {
    if (i > 0) genome = genome === null ? null : next(space, genome);
    expect(genome).toEqual(point.numbers);
    expect(decode(space, point.numbers)).toEqual(adapted(point.value));
  });
  const end = sweep.points.at(-1)?.numbers ?? [];
  if (sweep.pyglove_error === 'float_not_enumerable') {
    expect(() => next(space, end)).toThrow(expect.objectContaining({ code: 'float_not_enumerable' }));
  } else if (sweep.complete) {
    expect(next(space, end)).toBeNull();
  } else {
    expect(next(space, end)).not.toBeNull();
  }
}

describe.skipIf(sharedDirectory() === undefined)('shared: cases of the space language', () => {
  describe('space_cases', () => {
    for (const one of spaceCases) {
      const facts = one.facts;
      describe(one.id, () => {
        const space = parseSpace(adapted(one.space));

        test('size and decision points', () => {
          expect(String(size(space))).toBe(String(facts.space_size));
          const found = points(space);
          expect(found).toHaveLength(facts.num_decision_points);
          expect(found.map(asCaseFact).slice(0, facts.decision_points.length)).toEqual(
            facts.decision_points.map(expectedFact),
          );
        });

        test('first, last and sweep', () => {
          expect(first(space)).toEqual(facts.first.numbers);
          if (facts.last !== undefined) expect(last(space)).toEqual(facts.last.numbers);
          checkSweep(space, facts);
        });

        test('decode and encode', () => {
          const entries = [facts.first, ...(facts.last === undefined ? [] : [facts.last]), ...facts.samples];
          for (const entry of entries) {
            expect(problem(space, entry.numbers)).toBeNull();
            expect(decode(space, entry.numbers)).toEqual(entry.value);
            const encoded = encode(space, entry.value);
            if (!encoded.ok) throw new SpaceError(encoded.error);
            if (facts.encode_round_trips) expect(encoded.value).toEqual(entry.numbers);
            else expect(decode(space, encoded.value)).toEqual(entry.value);
          }
          for (const entry of facts.encode ?? []) {
            const encoded = encode(space, entry.value);
            // The library refuses an integer where a float is due; JSON has one kind of number.
            const isIntegerForFloat =
              one.id === 'float-unit' && entry.rejected === true && JSON.stringify(entry.value) === '{"x":1}';
            if (entry.rejected === true && !isIntegerForFloat) expect(encoded.ok).toBe(false);
            else expect(encoded).toEqual({ ok: true, value: entry.numbers ?? [1] });
          }
        });

        test('invalid numbers are refused with their code', () => {
          for (const entry of facts.invalid_numbers) {
            const code = codeOfReason[entry.reason] ?? entry.reason;
            expect({ numbers: entry.numbers, code: problem(space, entry.numbers)?.code }).toEqual({
              numbers: entry.numbers,
              code,
            });
            expect(() => decode(space, entry.numbers as Genome)).toThrow(SpaceError);
          }
        });

        test('tree and dictionary forms', () => {
          const entries = [facts.first, ...(facts.last === undefined ? [] : [facts.last]), ...facts.samples];
          for (const entry of entries) {
            expect(toTree(space, entry.numbers)).toEqual(entry.genome);
            expect(fromTree(space, entry.genome)).toEqual({ ok: true, value: entry.numbers });
            expect(toDict(space, entry.numbers)).toEqual(entry.decisions_by_id);
            expect(toDict(space, entry.numbers, { form: 'collapsed' })).toEqual(
              entry.decisions_by_id_collapsed,
            );
            expect(toDict(space, entry.numbers, { form: 'withInactive' })).toEqual(
              entry.decisions_with_inactive,
            );
            const byName = toDict(space, entry.numbers, { form: 'byName', values: 'literal' });
            const literals = entry.decisions_by_name_literal;
            expect(Object.keys(byName).sort()).toEqual(Object.keys(literals).sort());
            for (const [name, literal] of Object.entries(literals)) {
              expectLiteral(byName[name], literal);
            }
          }
          for (const entry of facts.genome_validity ?? []) {
            const tree = entry.genome === 'NaN' ? NaN : entry.genome;
            // JSON has one kind of number: the index 0.0 of the library's case is 0.
            const isRejected = entry.should_reject && entry.reason !== 'float_as_index';
            expect({ ...entry, rejected: !fromTree(space, tree).ok }).toEqual({
              ...entry,
              rejected: isRejected,
            });
          }
        });

        const law = facts.random_law;
        if (law === undefined) return;
        test('law of sample', () => {
          const outcomes = allOutcomes((source) => sample(space, source));
          const found = new Map(
            outcomes.map((o) => [JSON.stringify(o.value), `${o.numerator}/${o.denominator}`]),
          );
          const expected = law.map((entry): [string, string] => [
            JSON.stringify(entry.numbers),
            entry.p.includes('/') ? entry.p : `${entry.p}/1`,
          ]);
          expect(found).toEqual(new Map(expected));
          if (facts.random_law_uniform_over_points !== undefined) {
            expect(new Set(found.values()).size === 1).toBe(facts.random_law_uniform_over_points);
          }
        });
      });
    }
  });

  describe('construction_cases', () => {
    for (const one of constructionCases) {
      test(one.id, () => {
        if (one.rejected) expect(() => parseSpace(adapted(one.space))).toThrow(SpaceError);
        else expect(() => parseSpace(adapted(one.space))).not.toThrow();
      });
    }
  });

  describe('mutation_cases', () => {
    for (const one of mutationCases) {
      test(one.id, () => {
        const space = parseSpace(adapted(one.space));
        const operator = one.operator === 'uniform' ? 'resample' : 'swap';
        const where = one.where === undefined ? {} : { where: { tag: one.where.hints } };
        const reached = (allowNoop: boolean): readonly string[] =>
          allOutcomes((source) => mutate(space, one.parent, source, { operator, allowNoop, ...where }), 8)
            .map((outcome) => JSON.stringify(outcome.value))
            .sort();
        const reachable = one.reachable.map((numbers) => JSON.stringify(numbers)).sort();
        expect(reached(true)).toEqual(reachable);
        expect(reached(false)).toEqual(reachable.filter((numbers) => numbers !== JSON.stringify(one.parent)));
      });
    }
  });
});
