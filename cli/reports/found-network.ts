import type { JournalReader, JournalTrial } from '../../client/index.js';
import { type Accelerator, AcceleratorModel } from '../../hardware/index.js';
import { buildNetwork } from '../../networks/builders/index.js';
import { type NetworkGraph, parseNetworkGraph } from '../../networks/network-graph/index.js';
import type { ChainLink } from './search-tree.js';
import { readTrialDetails } from './trial-details.js';

type Parameters = JournalTrial['parameters'];

/** The network of a result, and the accelerator that was searched with it. */
export interface FoundNetwork {
  readonly network: NetworkGraph;
  readonly accelerator: AcceleratorModel | null;
  /** Hashes of the artifacts of the trial that trained it, by name. */
  readonly artifacts: Readonly<Record<string, string>>;
}

/**
 * The network that the trials of a result build: the artifact `network.json` or the attribute `network` of the
 * innermost one, else parameters that are a network graph or say all that a builder needs. Null when there is none.
 */
export async function findNetwork(
  reader: JournalReader,
  chain: readonly ChainLink[],
): Promise<FoundNetwork | null> {
  const innermost = chain.at(-1);
  if (innermost === undefined) return null;
  const details = await readTrialDetails(reader, innermost.trial);
  const artifacts = details?.artifacts ?? {};
  const stored = artifacts['network.json'];
  const inwards = chain.map(({ trial }) => trial.parameters);
  const places: readonly Parameters[] = [
    stored === undefined ? null : await reader.json(stored),
    details?.attributes['network'] ?? null,
    ...inwards.toReversed().flatMap((parameters) => [parameters, member(parameters, 'network')]),
  ];
  for (const place of places) {
    const network = asNetwork(place);
    if (network !== null) return { network, accelerator: acceleratorOf(inwards), artifacts };
  }
  return null;
}

/** The first parameters, or their `accelerator`, that are an accelerator. */
function acceleratorOf(places: readonly Parameters[]): AcceleratorModel | null {
  for (const place of places.flatMap((parameters) => [parameters, member(parameters, 'accelerator')])) {
    if (member(place, 'dataflow') === null || member(place, 'rows') === null) continue;
    // The model checks each field before it reads it.
    const model = attempt(() => new AcceleratorModel(place as unknown as Accelerator));
    if (model !== null) return model;
  }
  return null;
}

function asNetwork(place: Parameters): NetworkGraph | null {
  if (member(place, 'nodes') !== null) return attempt(() => parseNetworkGraph(place));
  return member(place, 'builder') === null ? null : attempt(() => buildNetwork(place));
}

function member(value: Parameters, key: string): Parameters {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.entries(value).find(([name]) => name === key)?.[1] ?? null;
}

/** Null when parameters only look like a network or an accelerator, so that making one throws. */
function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
