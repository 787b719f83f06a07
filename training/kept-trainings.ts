import { fork, hashJson, rngFromSeed } from '../foundation/numbers/index.js';
import type { NetworkGraph } from '../networks/network-graph/index.js';
import type { Supernetwork } from '../networks/supernetwork/index.js';
import { superNet } from '../search-spaces/index.js';
import type { Space, SuperNet } from '../search-spaces/index.js';
import type { AugmentationPolicy } from './augmentation/augmentation-policy.js';
import type { TrainClassifierOptions, TrainingTrial } from './classifier-options.js';
import { checkDataSet, isStreamed } from './data/data-set.js';
import type { TrainingData } from './data/data-set.js';
import { openDataSet } from './data/open-data-set.js';
import { splitData } from './data/split.js';
import type { Split } from './data/split.js';
import { CompiledStep } from './step/compiled-step.js';
import { compileMixture, compileSupernetwork } from './supernet/index.js';
import type {
  CompiledMixture,
  CompiledSupernetwork,
  MixtureOptions,
  SupernetworkOptions,
} from './supernet/index.js';
import type { Computation, SettledComputation } from './tensorflow.js';
import type { TrainingSettings } from './trainer.js';
import { sharedNetwork } from './trial-network.js';

// A process evaluates one trial after the other: data and splits stay, and so do the last compiled steps, because a
// search over hyper-parameters trains the same network again and again.
const dataSets = new Map<string, Promise<TrainingData>>();
const splits = new Map<string, Split>();
const steps = new Map<string, CompiledStep>();
let shared: {
  readonly made: {
    readonly options: TrainClassifierOptions;
    readonly data: TrainingData;
    readonly space: Space;
    readonly outer: string;
  };
  readonly network: SharedNetwork;
} | null = null;
let supernet: { readonly key: string; readonly compiled: CompiledSupernetwork } | null = null;
let mixture: { readonly key: string; readonly compiled: CompiledMixture } | null = null;
let sampledNetwork: { readonly key: string; readonly compiled: CompiledSupernetwork } | null = null;
const keptSteps = 2;
const keptDataSets = 4;

/** The data set of a training: opened once, checked each time if it is given in memory. */
export function keptData(
  { dataset, folder }: TrainClassifierOptions,
  computation: Computation,
  signal: AbortSignal,
): Promise<TrainingData> {
  if (typeof dataset === 'object' && 'images' in dataset) {
    checkDataSet(dataset);
    return Promise.resolve(dataset);
  }
  const key = JSON.stringify([dataset, folder]);
  if (!dataSets.has(key)) {
    const [oldest] = dataSets.keys();
    if (oldest !== undefined && dataSets.size >= keptDataSets) dataSets.delete(oldest);
  }
  const opened = kept(dataSets, key, () =>
    openDataSet(dataset, { computation, signal, ...(folder === undefined ? {} : { folder }) }),
  );
  // Forget a data set that did not open: the next trial opens it again, because the network may be back by then.
  opened.catch(() => dataSets.delete(key));
  return opened;
}

/** The split of a data set into examples to train on, to validate and to test. */
export function keptSplit(options: TrainClassifierOptions, data: TrainingData): Split {
  const { trainingExamples, splitSeed = 0, stratified = true } = options;
  const own = data.testFrom ?? data.labels.length;
  const validation = options.validationExamples ?? Math.floor(own / 10);
  const key = JSON.stringify([data.hash, trainingExamples, validation, splitSeed, stratified]);
  const sizes = {
    validation,
    stratified,
    ...(trainingExamples === undefined ? {} : { training: trainingExamples }),
  };
  return kept(splits, key, () => splitData(data, sizes, fork(rngFromSeed(splitSeed), 'split')));
}

/** The compiled step of a network, whose optimiser gets the numbers of these settings. */
export function keptStep(
  network: NetworkGraph,
  data: TrainingData,
  settings: TrainingSettings,
  augmentation: AugmentationPolicy,
  computation: SettledComputation,
): CompiledStep {
  const { optimizer } = settings;
  const form = stepForm(settings);
  const key = stepKey(JSON.stringify(network), data, settings, augmentation, computation);
  const known = steps.get(key);
  if (known !== undefined) {
    // The most recently used ones come last.
    steps.delete(key);
    steps.set(key, known);
    known.retune(optimizer);
    return known;
  }
  for (const [oldKey, old] of [...steps].slice(0, Math.max(0, steps.size - keptSteps + 1))) {
    old.close();
    steps.delete(oldKey);
  }
  const step = new CompiledStep({ network, data, optimizer, augmentation, ...form, ...computation });
  steps.set(key, step);
  return step;
}

/** A supernetwork with the space of its children. */
export interface SharedNetwork {
  readonly net: SuperNet;
  readonly supernetwork: Supernetwork;
  /** Hash of the supernetwork. */
  readonly hash: string;
}

/** The supernetwork of a search. All its trials come with the same options and space, so that one is made for them. */
export function keptNetwork(
  options: TrainClassifierOptions,
  data: TrainingData,
  space: Space,
  context: TrainingTrial['context'],
): SharedNetwork {
  const outer = JSON.stringify(context);
  const { made } = shared ?? {};
  const isSame =
    made?.options === options && made.data === data && made.space === space && made.outer === outer;
  if (shared !== null && isSame) return shared.network;
  const net = superNet(space, () => true, { picks: 'all' });
  const supernetwork = sharedNetwork(options, data, net, context);
  const network = { net, supernetwork, hash: hashJson(JSON.stringify(supernetwork)) };
  shared = { made: { options, data, space, outer }, network };
  return network;
}

/** The compiled supernetwork of a search, whose optimiser gets the numbers of these settings; one stays. */
export function keptSupernetwork(
  { supernetwork, hash }: Pick<SharedNetwork, 'supernetwork' | 'hash'>,
  data: TrainingData,
  settings: TrainingSettings,
  augmentation: AugmentationPolicy,
  computation: SettledComputation,
): CompiledSupernetwork {
  const { optimizer } = settings;
  const key = stepKey(hash, data, settings, augmentation, computation);
  if (supernet?.key !== key) {
    supernet?.compiled.close();
    supernet = null;
    const options = { supernetwork, data, optimizer, augmentation, ...stepForm(settings), ...computation };
    supernet = { key, compiled: compileSupernetwork(options) };
  }
  supernet.compiled.retune(optimizer);
  return supernet.compiled;
}

/** The compiled supernetwork of a search that samples paths from logits; one stays. */
export function keptSampledNetwork(
  { supernetwork, hash }: Pick<SharedNetwork, 'supernetwork' | 'hash'>,
  architecture: NonNullable<SupernetworkOptions['architecture']>,
  data: TrainingData,
  settings: TrainingSettings,
  augmentation: AugmentationPolicy,
  computation: SettledComputation,
): CompiledSupernetwork {
  const { optimizer } = settings;
  const own = JSON.stringify([architecture, optimizer]);
  const key = `${own} ${stepKey(hash, data, settings, augmentation, computation)}`;
  if (sampledNetwork?.key !== key) {
    sampledNetwork?.compiled.close();
    sampledNetwork = null;
    const form = { ...stepForm(settings), ...computation };
    const options = { supernetwork, data, optimizer, augmentation, architecture, ...form };
    sampledNetwork = { key, compiled: compileSupernetwork(options) };
  }
  return sampledNetwork.compiled;
}

/** What a mixture has beside its supernetwork and the settings of its weights. */
export type MixtureKind = Pick<
  MixtureOptions,
  | 'architectureOptimizer'
  | 'none'
  | 'withoutNone'
  | 'clipsArchitecture'
  | 'skipDropout'
  | 'auxiliarySkip'
  | 'secondOrder'
>;

/** The compiled mixture of a search; one stays, because all epochs of a stage have the same. */
export function keptMixture(
  { supernetwork, hash }: Pick<SharedNetwork, 'supernetwork' | 'hash'>,
  kind: MixtureKind,
  data: TrainingData,
  settings: TrainingSettings,
  augmentation: AugmentationPolicy,
  computation: SettledComputation,
): CompiledMixture {
  const { optimizer } = settings;
  const withoutNone = [...(kind.withoutNone ?? [])];
  const own = JSON.stringify([{ ...kind, withoutNone }, optimizer]);
  const key = `${own} ${stepKey(hash, data, settings, augmentation, computation)}`;
  if (mixture?.key !== key) {
    mixture?.compiled.close();
    mixture = null;
    const options = {
      supernetwork,
      data,
      optimizer,
      augmentation,
      ...kind,
      ...stepForm(settings),
      ...computation,
    };
    mixture = { key, compiled: compileMixture(options) };
  }
  return mixture.compiled;
}

function stepForm({ clipNorm, weightDecay, labelSmoothing }: TrainingSettings): {
  readonly clips: boolean;
  readonly decays: boolean;
  readonly smooths: boolean;
} {
  return { clips: clipNorm !== null, decays: weightDecay > 0, smooths: labelSmoothing > 0 };
}

/** All that a compiled step depends on; the numbers of its optimiser may change. */
function stepKey(
  network: string,
  data: TrainingData,
  settings: TrainingSettings,
  augmentation: AugmentationPolicy,
  { threads, mode, parallelism }: SettledComputation,
): string {
  const { optimizer } = settings;
  const nesterov = optimizer.kind === 'sgd' && optimizer.nesterov === true;
  return hashJson([
    ...[network, data.hash, isStreamed(data)],
    ...[optimizer.kind, nesterov, stepForm(settings), JSON.stringify(augmentation)],
    ...[threads, mode, parallelism],
  ]);
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
