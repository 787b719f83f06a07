import { findTemporalCli } from '../../../setup/temporal-cli.mjs';
import { fork, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { compareRemains } from '../../kill-matrix/comparison.js';
import { kills } from '../../kill-matrix/kills.js';
import { runSearch } from '../../kill-matrix/run-search.js';
import { failed, passed, type Check } from '../check.js';

/** A whole search on the queue of GPUs, killed on the way. */
export const search: Check = {
  name: 'search',
  shows:
    'a search on the queue duramen-gpu whose every process is killed ends as the undisturbed one, bit for bit',
  run: async ({ isQuick }) => {
    const cli = await findTemporalCli();
    if (cli.kind === 'missing') return failed(`There is no Temporal server: ${cli.reason}.`);
    const random = new RandomStream(fork(rngFromSeed('gpu'), 'search'));
    const undisturbed = await runSearch(cli.path, 'gpu', null);
    const disturbance = kills('everything', isQuick ? 1 : 3, random);
    const disturbed = await runSearch(cli.path, 'gpu', disturbance);
    const differences = compareRemains(undisturbed.remains, disturbed.remains);
    const { lost, duplicated, zombies, mismatches, weights } = differences;
    const left = zombies + disturbed.leftWorkflows + disturbed.leftProcesses;
    const isEqual = undisturbed.result.trajectoryHash === disturbed.result.trajectoryHash;
    const figures = {
      ...{ kills: disturbed.kills, lost, duplicated, left, mismatches, weights, isEqual },
      seconds: Math.round(undisturbed.seconds),
    };
    return isEqual && lost + duplicated + left + mismatches.length === 0 && disturbed.kills > 0
      ? passed(figures)
      : failed('The search that was killed is not the undisturbed one.', figures);
  },
};
