import { errorText } from '../../../foundation/errors/index.js';
import { memoryWords } from '../../../evaluation/processes/index.js';
import { failed, passed, type Check } from '../check.js';
import { withProver } from '../prover.js';

/** A tensor that no memory holds. */
export const memory: Check = {
  name: 'memory',
  shows: 'a step that does not fit into memory ends as OutOfMemory, by its error or by its last words',
  run: async ({ devices, program }) => {
    try {
      const answer = await withProver(program, devices[0] ?? null, (prover) =>
        prover.ask({ kind: 'memory' }),
      );
      if (answer.kind !== 'memory') return failed(`An unexpected answer: ${JSON.stringify(answer)}.`);
      const figures = { by: 'its error', says: answer.message, class: answer.failureClass };
      if (answer.failureClass !== 'OutOfMemory') return failed('The class is another one.', figures);
      return answer.unharmed ? passed(figures) : failed('The next step computes something else.', figures);
    } catch (error) {
      // Some kernels crash after a failed allocation; a worker then reads the class from what the process printed.
      const says = errorText(error)
        .split('\n')
        .map(memoryWords)
        .find((words) => words !== null);
      return says === undefined
        ? failed('The process ended without a word about memory.', { says: errorText(error).slice(-500) })
        : passed({ by: 'its last words', says, class: 'OutOfMemory' });
    }
  },
};
