import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';

const steps = 30;

// Descends a parabola step by step. After each step it saves where it is, so that a trial whose process, worker or
// machine was killed goes on from there; try it with "kill -9" while it runs.
export default defineSearch({
  name: 'resumable',
  space: space({ rate: float(0.01, 0.9, { scale: 'log' }), start: float(-10, 10) }),
  metrics: { loss: 'minimize', resumed: 'observe' },
  algorithm: random(),
  budget: { trials: 8, concurrency: 2 },
  seed: 5,
  async evaluate({ rate, start }, trial) {
    let place = start;
    let step = 0;
    const checkpoint = await trial.checkpoint.latest();
    if (checkpoint?.kind === 'bytes') {
      place = new DataView(checkpoint.bytes.buffer, checkpoint.bytes.byteOffset).getFloat64(0);
      step = checkpoint.step;
      trial.log(`goes on from step ${step}`);
    }
    const resumed = step > 0 ? 1 : 0;
    while (step < steps && !trial.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      place -= rate * 2 * (place - 3);
      step += 1;
      trial.report(step, { loss: (place - 3) ** 2 });
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, place);
      await trial.checkpoint.save(bytes, step);
    }
    return { loss: (place - 3) ** 2, resumed };
  },
});
