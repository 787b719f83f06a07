import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { bool, float, int, object, oneOf } from 'duramen/search-spaces';

/** Ten decisions of the usual kinds and an evaluation that costs nothing: what is left is the price of durability. */
export default defineSearch({
  name: 'null',
  space: object({
    rate: float(1e-5, 1, { scale: 'log' }),
    momentum: float(0, 1),
    decay: float(0, 0.1),
    layers: int(1, 8),
    units: int(16, 512),
    batch: oneOf([32, 64, 128, 256]),
    activation: oneOf(['relu', 'tanh', 'gelu']),
    optimizer: oneOf(['sgd', 'adam']),
    schedule: oneOf(['constant', 'cosine', 'step']),
    nesterov: bool(),
  }),
  metrics: { loss: 'minimize' },
  algorithm: random(),
  budget: { trials: 100, concurrency: 16 },
  light: true,
  evaluate: () => ({ loss: 1 }),
});
