import { defineSearch, level } from 'duramen';
import { regularizedEvolution, sweep } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';

// Each way has its lowest point at another place, so the best step must be searched for anew on each of them. The
// outer level tries all ways; every one of its trials is a search of its own for the step.
const lowestPoints = { meadow: 0.2, forest: 0.55, ridge: 0.85, river: 0.4 } as const;
const depths = { meadow: 0.3, forest: 0.1, ridge: 0.2, river: 0.4 } as const;

const way = level({
  name: 'way',
  space: space({ through: oneOf(['meadow', 'forest', 'ridge', 'river']) }),
  metrics: { height: 'minimize' },
  algorithm: sweep(),
  budget: { trials: 4, concurrency: 2 },
});

const step = level({
  name: 'step',
  space: space({ length: float(0, 1), pace: oneOf(['slow', 'fast']) }),
  metrics: { height: 'minimize' },
  algorithm: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
  budget: { trials: 30, concurrency: 2 },
});

export default defineSearch({
  name: 'nested',
  levels: [way, step],
  seed: 1,
  pure: true,
  // Runs in a process of its own, like a training; it reports as it goes.
  async evaluate({ length, pace }, trial) {
    const { through } = trial.context['way'] as { readonly through: keyof typeof lowestPoints };
    const distance = length - lowestPoints[through];
    const height = depths[through] + distance * distance + (pace === 'slow' ? 0 : 0.05);
    for (let metre = 1; metre <= 5; metre++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      trial.report(metre, { height: height + 1 / metre });
      if (trial.shouldStop()) return undefined;
    }
    return { height };
  },
});
