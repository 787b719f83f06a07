import { describe, expect, test } from 'vitest';
import { decode, isConcrete, join, parseSpace, part, points, size } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import type { SpaceSections } from './case-file.js';
import { adapted, readSection } from './case-file.js';

const cases = readSection<SpaceSections, 'partition_cases'>('partition_cases', 3);

describe.skipIf(sharedDirectory() === undefined)('shared: partition_cases', () => {
  for (const one of cases) {
    test(one.id, () => {
      const whole = parseSpace(adapted(one.space));
      const where = { tag: one.where.hints };
      const some = part(whole, where);
      expect(String(size(whole))).toBe(String(one.full_space_size));
      expect(String(size(some))).toBe(String(one.part_space_size));
      expect(points(some).map(({ id }) => id)).toEqual(one.part_decision_ids);
      for (const { numbers, value } of one.materialised) {
        const rest = parseSpace(decode(some, numbers));
        expect(rest).toEqual(parseSpace(adapted(value)));
        expect(isConcrete(rest)).toBe(false);
        const genome = join(
          whole,
          where,
          numbers,
          points(rest).map(() => 0),
        );
        expect(decode(whole, genome)).toEqual(
          decode(
            rest,
            points(rest).map(() => 0),
          ),
        );
      }
    });
  }
});
