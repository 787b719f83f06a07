import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from '../foundation/errors/index.js';
import { ClientError } from '../client/errors/index.js';
import { bestRepetition, type JournalReader, writeFileAtomically } from '../client/index.js';
import type { RepeatedValue, Retraining } from '../searches/retraining/index.js';
import { graphDrawing, graphSummary, networkCost } from '../networks/network-graph/index.js';
import { kneeIndex } from './reports/knee-index.js';
import { findNetwork } from './reports/found-network.js';
import type { FoundNetwork } from './reports/found-network.js';
import { SearchTree } from './reports/search-tree.js';
import type { ChainLink } from './reports/search-tree.js';
import { readTrialDetails } from './reports/trial-details.js';

/**
 * Writes what a trial saved, its result and its network into a folder: the trial of that index, or with null the chosen
 * candidate of a retraining, else the best trial or the knee of the front. Throws `ClientError` when there is none with a score, when an artifact
 * is missing, and when a file cannot be written.
 */
export async function exportTrial(
  reader: JournalReader,
  id: string,
  index: number | null,
  folder: string,
): Promise<void> {
  const tree = await SearchTree.read(reader, id);
  const { level, retraining } = tree.root.summary;
  const chosen = index === null ? chosenOf(retraining) : null;
  const wanted = index ?? kneeIndex(tree.root.summary);
  const chain =
    chosen !== null
      ? await chosenChain(reader, chosen)
      : wanted === null
        ? []
        : tree.chain(tree.root, wanted);
  const [outer, innermost] = [chain[0], chain.at(-1)];
  if (outer === undefined || innermost === undefined || outer.trial.outcome?.kind !== 'scored') {
    const which = index === null ? 'no trial with a score yet' : `no trial ${index} with a score`;
    throw new ClientError('input', `Search "${id}" has ${which}: "duramen trials ${id}" lists its trials.`);
  }
  const artifacts = (await readTrialDetails(reader, innermost.trial))?.artifacts ?? {};
  const found = await findNetwork(reader, chain);
  const result = {
    search: id,
    ...(chosen === null ? { trial: outer.trial.index } : { retraining: chosen }),
    metrics: outer.trial.outcome.metrics,
    parameters: Object.fromEntries(
      chain.map(({ search, trial }) => [
        chosen === null ? search.summary.level.name : level.name,
        trial.parameters,
      ]),
    ),
    trials: chain.map(({ search, trial }) => ({ search: search.id, index: trial.index })),
    ...(found === null ? {} : { network: costOf(found) }),
  };
  await write(folder, 'result.json', encoded(`${JSON.stringify(result, null, 2)}\n`));
  // An artifact of the same name is the trial's own and wins.
  if (found !== null) {
    await write(folder, 'network.svg', encoded(graphDrawing(found.network)));
    await write(folder, 'layers.txt', encoded(graphSummary(found.network)));
  }
  for (const [name, hash] of Object.entries(artifacts)) {
    const bytes = await reader.artifact(hash);
    if (bytes === null) {
      throw new ClientError(
        'input',
        `Artifact "${name}" of trial ${innermost.trial.index} of "${innermost.search.id}" is missing or damaged: restore it from a backup of DURAMEN_HOME.`,
      );
    }
    await write(folder, name, bytes);
  }
}

/** The candidate that a full retraining chose, and the repetition whose model stands for it: the best one. */
interface ChosenCandidate {
  readonly search: string;
  readonly candidate: number;
  readonly repetition: number;
  readonly metric: string;
  readonly retrained: RepeatedValue;
  readonly observed: Retraining['observed'];
}

function chosenOf(retraining: Retraining | null): ChosenCandidate | null {
  if (retraining === null) return null;
  const { chosen, candidates, searches, metric, observed } = retraining;
  const repetition = bestRepetition(retraining);
  if (chosen === null || repetition === null) return null;
  const [candidate, search] = [candidates[chosen], searches[repetition]];
  if (candidate === undefined || search === undefined) return null;
  const { retrained } = candidate;
  return { search, candidate: chosen, repetition: repetition + 1, metric, retrained, observed };
}

async function chosenChain(
  reader: JournalReader,
  { search, candidate }: ChosenCandidate,
): Promise<readonly ChainLink[]> {
  const inside = await SearchTree.read(reader, search);
  return inside.chain(inside.root, candidate);
}

/** For one example; a multiply-add is two floating-point operations. */
function costOf({ network }: FoundNetwork): Readonly<Record<string, number>> {
  const { parameters, multiplyAdds } = networkCost(network);
  return { parameters, multiplyAdds, flops: 2 * multiplyAdds };
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = resolve(folder, name);
  // A name is the trial's own text: it must not lead out of the folder.
  if (!file.startsWith(join(folder, '/'))) {
    throw new ClientError(
      'input',
      `The artifact name ${JSON.stringify(name)} is no file name below a folder.`,
    );
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    // Durable: an exported model may be all that is kept of a search.
    await writeFileAtomically(file, bytes, { durable: true });
  } catch (error) {
    const reason = errorText(error);
    throw new ClientError('input', `${file} cannot be written: ${reason}.`, { cause: error });
  }
}
