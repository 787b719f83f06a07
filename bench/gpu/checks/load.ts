import { failed, passed, type Check } from '../check.js';
import { withProver } from '../prover.js';

/** TensorFlow loads and sees the device. */
export const load: Check = {
  name: 'load',
  shows: 'TensorFlow loads and sees each device',
  run: async ({ devices, program }) => {
    const computations: string[] = [];
    for (const device of devices.length === 0 ? [null] : devices) {
      const answer = await withProver(program, device, (prover) => prover.ask({ kind: 'load' }));
      if (answer.kind !== 'loaded') return failed(`The library did not load: ${JSON.stringify(answer)}.`);
      computations.push(answer.computation);
      if (device !== null && !answer.onGpu) {
        const reason = `TensorFlow does not use ${device.name}: run it with TF_CPP_MIN_LOG_LEVEL=0 to read why.`;
        return failed(reason, { computations });
      }
    }
    return passed({ computations });
  },
};
