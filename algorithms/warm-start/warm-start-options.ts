import { isPlainObject } from '../../foundation/json/index.js';
import type { LibrarySnapshot, LibraryUse } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { sliceValueLimit } from '../contract/slice.js';
import { shippedProbes, type ProbeName, type ShippedProbe } from '../contract/task-embedding.js';
import type { SelectionRule } from './source-selection.js';
import { takesLogits, warmStartModes, type WarmStartMode } from './warm-start-mode.js';

/** How a differentiable search starts from what an earlier one on a related task found. */
export type WarmStartOptions = {
  /**
   * `library`: all records of the library. A list: those that these hashes name. An empty list: the search embeds its data,
   * so that it may become a record, and starts cold.
   */
  readonly from: 'library' | readonly string[];
  /**
   * What is taken over: the first of these that the source serves. By default weights where the source has them:
   * `alpha+weights` and `mask` in a search of one stage, `mask+weights` and `mask` in one of several; and where no source
   * is near, `meta`, a record of several tasks in turn.
   */
  readonly modes?: readonly WarmStartMode[];
  /**
   * Largest distance of a source. `library`, the default of `from: 'library'`: the largest distance of one of its tasks
   * to the nearest other one, for which four are needed. `any`, the default of a list: the nearest is taken.
   */
  readonly threshold?: number | 'library' | 'any';
  /** `small` (default) sees grey images, `large` colours. */
  readonly probe?: ProbeName;
  /** Share of the epochs of a cold search of one stage (0.4). With several stages, a mask runs the last one, whole. */
  readonly epochs?: number;
  /** What logits are taken: those of the source's mixture (default), or some that prefer its architecture. */
  readonly logits?: 'mixture' | 'genotype';
  /** Factor of the logits (1). */
  readonly scale?: number;
  /** Options of each choice that a mask keeps, of a source that had none in its only stage (3). */
  readonly keep?: number;
  /** Whether a mask gives each choice back its skips, by the option `operations` of darts (false). */
  readonly addSkips?: boolean;
  /** The snapshot of the library and the hash of the space. The client fills it in when it loads a search file. */
  readonly snapshot?: LibrarySnapshot;
};

/** Checked options. */
export type WarmStartConfig = {
  readonly snapshot: LibrarySnapshot;
  readonly probe: ShippedProbe;
  readonly threshold: SelectionRule['threshold'];
  readonly modes: readonly WarmStartMode[];
  readonly epochs: number;
  readonly logits: 'mixture' | 'genotype';
  readonly scale: number;
  readonly keep: number;
  readonly addSkips: boolean;
};

const fieldNames = [
  ...(['from', 'modes', 'threshold', 'probe', 'epochs', 'logits', 'scale', 'keep', 'addSkips'] as const),
  'snapshot',
] as const satisfies readonly (keyof WarmStartOptions)[];
const hashPattern = /^[0-9a-f]{64}$/;
const mostNamed = 1_000;

/** The options with the probe by its hash: a later build may ship another under the name. */
export function warmStartOption(options: WarmStartOptions): object {
  const { probe = 'small' } = options;
  if (!Object.hasOwn(shippedProbes, probe)) {
    throw new AlgorithmError(
      `'probe' of 'warmStart' must be one of ${Object.keys(shippedProbes).join(', ')}, it is ${JSON.stringify(probe)}`,
    );
  }
  return { ...options, probe: shippedProbes[probe] };
}

/** How the option `warmStart` of a configuration names records. */
export const warmStartLibrary: LibraryUse = {
  from(config) {
    const from: unknown = optionOf(config)['from'];
    if (from === 'library') return from;
    const list: readonly unknown[] = Array.isArray(from) ? from : [];
    // The check of the configuration refuses what is no list of hashes.
    return Array.isArray(from) ? list.flatMap((one) => (typeof one === 'string' ? [one] : [])) : null;
  },
  snapshot: (config) => snapshotOf(optionOf(config)['snapshot']),
  resolved(config, snapshot): AlgorithmReference['config'] {
    const { warmStart = null } = config;
    const isObject = typeof warmStart === 'object' && warmStart !== null && !Array.isArray(warmStart);
    return isObject ? { ...config, warmStart: { ...warmStart, snapshot } } : config;
  },
};

function optionOf(config: unknown): { readonly [key: string]: unknown } {
  const option = isPlainObject(config) ? config['warmStart'] : undefined;
  return isPlainObject(option) ? option : {};
}

/** Checks the option `warmStart` of an algorithm with so many stages; throws `AlgorithmError` with one sentence. */
export function readWarmStart(algorithm: string, value: unknown, stages: number): WarmStartConfig {
  const owner = `'warmStart' of ${algorithm}`;
  const fields = new Configuration(owner, value, fieldNames);
  const from = readFrom(fields);
  const threshold = fields.value('threshold') ?? (from === 'library' ? 'library' : 'any');
  const logits = fields.value('logits') ?? 'mixture';
  const addSkips = fields.value('addSkips') ?? false;
  return {
    snapshot: readLibrarySnapshot(owner, fields),
    probe: readProbe(owner, fields),
    threshold:
      threshold === 'library' || threshold === 'any'
        ? threshold
        : fields.number('threshold', 0, 1, Number.NaN),
    modes: readModes(owner, fields, stages),
    epochs: fields.number('epochs', 1e-6, 1, 0.4),
    logits:
      logits === 'mixture' || logits === 'genotype'
        ? logits
        : fields.refuse('logits', "'mixture' or 'genotype'"),
    scale: fields.number('scale', 0, 100, 1),
    keep: fields.integer('keep', 1, 1_000, 3),
    addSkips: typeof addSkips === 'boolean' ? addSkips : fields.refuse('addSkips', 'true or false'),
  };
}

function readFrom(fields: Configuration): WarmStartOptions['from'] {
  const from: unknown = fields.value('from');
  if (from === 'library') return from;
  const list: readonly unknown[] = Array.isArray(from) ? from : [];
  const hashes = list.flatMap((one) => (typeof one === 'string' && hashPattern.test(one) ? [one] : []));
  return Array.isArray(from) && hashes.length === list.length && hashes.length <= mostNamed
    ? hashes
    : fields.refuse('from', "'library' or a list of hashes of records");
}

function readLibrarySnapshot(owner: string, fields: Configuration): LibrarySnapshot {
  const value = fields.value('snapshot');
  if (value === undefined) {
    throw new AlgorithmError(
      `${owner} has no snapshot of the library, which the client makes when it loads a search file: put the search into a search file`,
    );
  }
  return snapshotOf(value) ?? fields.refuse('snapshot', 'the hashes of a snapshot and of a space');
}

function snapshotOf(value: unknown): LibrarySnapshot | null {
  const { hash, space } = isPlainObject(value) ? value : {};
  const isSnapshot =
    typeof hash === 'string' &&
    hashPattern.test(hash) &&
    typeof space === 'string' &&
    hashPattern.test(space);
  return isSnapshot ? { hash, space } : null;
}

function readProbe(owner: string, fields: Configuration): ShippedProbe {
  const probe = new Configuration(`'probe' of ${owner}`, fields.value('probe'), ['hash', 'filters']);
  const hash = probe.value('hash');
  return {
    hash: typeof hash === 'string' && hashPattern.test(hash) ? hash : probe.refuse('hash', 'a hash'),
    // Values have room for the fingerprint, too.
    filters: probe.integer('filters', 1, sliceValueLimit - 16),
  };
}

function readModes(owner: string, fields: Configuration, stages: number): readonly WarmStartMode[] {
  // No stored search decides otherwise by the mode meta: the snapshots of earlier builds have no record of several tasks.
  const usual: readonly WarmStartMode[] = [stages === 1 ? 'alpha+weights' : 'mask+weights', 'mask', 'meta'];
  const given: unknown = fields.value('modes') ?? usual;
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const modes = list.flatMap((one) => {
    const mode = warmStartModes.find((known) => known === one);
    return mode === undefined ? [] : [mode];
  });
  if (modes.length === 0 || modes.length !== list.length)
    return fields.refuse('modes', `a list of ${warmStartModes.join(', ')}`);
  const early = modes.find(takesLogits);
  if (early !== undefined && stages > 1) {
    throw new AlgorithmError(
      `the mode '${early}' of ${owner} is for a search of one stage, because stages begin with new logits: take 'mask' or 'mask+weights'`,
    );
  }
  return modes;
}
