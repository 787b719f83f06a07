import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, int, oneOf, space } from 'duramen/search-spaces';

export default defineSearch({
  name: 'tune',
  space: space({
    learningRate: float(1e-4, 1e-1, { scale: 'log' }),
    units: int(16, 512, { scale: 'log' }),
    activation: oneOf(['relu', 'tanh']),
  }),
  metrics: { loss: 'minimize' },
  algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 3 }),
  budget: { trials: 40, concurrency: 4 },
  seed: 7,
  // Put your own training here: its parameters have the types that the space gives them.
  async evaluate({ learningRate, units, activation }, trial) {
    let loss = activation === 'relu' ? 2 : 2.2;
    for (let epoch = 1; epoch <= 5; epoch += 1) {
      loss *= 0.6 + Math.abs(Math.log10(learningRate) + 2.5) / 10 + Math.abs(Math.log2(units) - 7) / 40;
      trial.report(epoch, { loss });
      if (trial.shouldStop()) break;
    }
    return { loss };
  },
});
