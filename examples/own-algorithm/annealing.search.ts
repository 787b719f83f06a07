import { defineSearch } from 'duramen';
import { custom } from 'duramen/algorithms';
import { int, oneOf, space } from 'duramen/search-spaces';

type Annealing = {
  readonly current: readonly number[] | null;
  readonly score: number;
  readonly told: number;
};

/** Simulated annealing: from the current point to one beside it, downhill too while it is hot. */
const annealing = custom<Annealing>({
  start: () => ({ current: null, score: 0, told: 0 }),
  tell: (state, outcomes, { random }) =>
    outcomes.reduce(({ current, score, told }, outcome) => {
      const temperature = 4 * 0.95 ** told;
      const better = outcome.score !== null && (current === null || outcome.score >= score);
      const worse = outcome.score !== null && random.unit() < Math.exp((outcome.score - score) / temperature);
      return better || worse
        ? { current: outcome.genome, score: outcome.score ?? score, told: told + 1 }
        : { current, score, told: told + 1 };
    }, state),
  ask: ({ current }, wanted, { sample, mutate }) => ({
    proposals: Array.from({ length: wanted }, () => ({
      genome: current === null ? sample() : mutate(current),
    })),
  }),
});

export default defineSearch({
  name: 'annealing',
  space: space({ x: int(-20, 20), y: int(-20, 20), branch: oneOf(['left', 'right']) }),
  metrics: { loss: 'minimize' },
  algorithm: annealing,
  budget: { trials: 120 },
  seed: 3,
  light: true,
  evaluate: ({ x, y, branch }) => ({ loss: Math.abs(x - 7) + Math.abs(y + 3) + (branch === 'left' ? 0 : 5) }),
});
