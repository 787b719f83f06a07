import { describe, expect, test } from 'vitest';
import type { Genome, Pick } from '../../../search-spaces/index.js';
import { next, first, points, run, size, trace } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import type { CaseProgram, SpaceSections } from './case-file.js';
import { readSection } from './case-file.js';

const cases = readSection<SpaceSections, 'define_by_run_cases'>('define_by_run_cases', 5);

type Evaluate = (pick: Pick) => number;
type Candidates = readonly [() => number, ...(() => number)[]];

/** Code that evaluates a program; unnamed decisions get numbers, outer ones first, unless names are required. */
function codeOf(program: CaseProgram, requireNames: boolean): Evaluate {
  let unnamed = 0;
  const nameOf = (given: string | undefined): string =>
    given ?? (requireNames ? '' : `decision_${unnamed++}`);
  const candidatesOf = (
    given: readonly (number | { readonly lambda: CaseProgram })[],
  ): ((pick: Pick) => Candidates) => {
    const codes = given.map((one) => (typeof one === 'number' ? () => one : build(one.lambda)));
    return (pick) => codes.map((code) => () => code(pick)) as unknown as Candidates;
  };
  const build = (part: CaseProgram): Evaluate => {
    if (typeof part === 'number') return () => part;
    switch (part.op) {
      case 'oneof': {
        const name = nameOf(part.name);
        const candidates = candidatesOf(part.candidates);
        return (pick) => pick.oneOf(name, candidates(pick));
      }
      case 'manyof': {
        const name = nameOf(undefined);
        const candidates = candidatesOf(part.candidates);
        return (pick) =>
          pick.manyOf(name, part.k, candidates(pick)).reduce((sum: number, one: number) => sum + one, 0);
      }
      case 'float': {
        const name = nameOf(undefined);
        return (pick) => pick.float(name, part.min, part.max);
      }
      case 'add': {
        const all = part.args.map(build);
        return (pick) => all.reduce((sum, one) => sum + one(pick), 0);
      }
      case 'sum':
        return build(part.of);
      case 'twice': {
        const both = [build(part.of), build(part.of)];
        return (pick) => both.reduce((sum, one) => sum + one(pick), 0);
      }
      default:
        return part satisfies never;
    }
  };
  return build(program);
}

/** Ids as the case file gives them: one for a multi-choice, those below it for each pick. */
function decisionIds(space: Parameters<typeof points>[0]): readonly string[] {
  return [
    ...new Set(points(space).map(({ id, pick }) => (pick === null ? id : id.slice(0, id.lastIndexOf('['))))),
  ];
}

describe.skipIf(sharedDirectory() === undefined)('shared: define_by_run_cases', () => {
  for (const one of cases) {
    test(one.id, () => {
      const code = codeOf(one.program, one.require_names);
      if (one.first_run_value === undefined) {
        expect(() => trace(code)).toThrow(expect.objectContaining({ code: 'unnamed_decision' }));
        return;
      }
      const traced = trace(code);
      expect(traced.first).toBe(one.first_run_value);
      expect(String(size(traced.space))).toBe(String(one.space_size));
      expect(decisionIds(traced.space)).toEqual(one.decision_ids);
      let genome: Genome | null = null;
      for (const point of one.sweep ?? []) {
        genome = genome === null ? first(traced.space) : next(traced.space, genome);
        expect(genome).toEqual(point.numbers);
        expect(run(code, traced.space, point.numbers)).toBe(point.value);
      }
      if (genome !== null) expect(next(traced.space, genome)).toBeNull();
      for (const { numbers, value } of one.apply ?? []) {
        // The library refuses an integer for a float; JSON has one kind of number.
        expect(run(code, traced.space, numbers)).toBe(value ?? 3);
      }
    });
  }
});
