import type { Json } from '../../foundation/json/index.js';
import { individualsOf, type Individual, type Item } from './individual.js';

/** The names that a ranking key reads of an individual. */
export function individualScope({ id, scores, generation, told }: Individual): Record<string, Json> {
  return {
    id,
    generation,
    ...(scores?.[0] === undefined ? {} : { score: scores[0], scores }),
    ...(told === undefined ? {} : { told }),
  };
}

/** The names that a ranking key reads of a group. */
export function groupScope(group: readonly Item[]): {
  len: number;
  mean?: number;
  best?: number;
  worst?: number;
} {
  const scores = individualsOf(group).flatMap(({ scores: [score] = [] }) =>
    score === undefined ? [] : [score],
  );
  if (scores.length === 0) return { len: group.length };
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const { best, worst } = scores.reduce(
    (range, score) => ({ best: Math.max(range.best, score), worst: Math.min(range.worst, score) }),
    { best: -Infinity, worst: Infinity },
  );
  return { len: group.length, mean, best, worst };
}
