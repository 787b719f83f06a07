import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import type { Metric } from '../contract/trial.js';
import { readRewardRange, type RewardRange } from '../policy-gradient/reward-range.js';

/** Options of the controller; all have defaults. */
export interface ControllerOptions {
  /** How a batch moves the policy: clipped ratios (PPO), or the plain gradient (REINFORCE). Default `ppo`. */
  readonly update?: 'ppo' | 'reinforce';
  /** Architectures of an update. Default 10. */
  readonly batchSize?: number;
  /** Step size of Adam. Default 0.001. */
  readonly learningRate?: number;
  /** Passes over the batch in an update, each under the policy as it then is. Default 5 for PPO, 1 for REINFORCE. */
  readonly passes?: number;
  /** Parts into which a pass divides the batch, with a step of Adam for each. Default 1. */
  readonly minibatches?: number;
  /** PPO: how far the probability of an architecture may move from its old one, as a share of it. Default 0.2. */
  readonly clip?: number;
  /** PPO: whether the ratio is that of the whole architecture or of each of its decisions. Default `architecture`. */
  readonly ratio?: 'architecture' | 'decision';
  /** PPO: the divergence from the old policy, in nats, above which an update ends early; null: never. Default 0.05. */
  readonly klStop?: number | null;
  /** Longest gradient of a step; null: any. Default 0.5. */
  readonly gradientNorm?: number | null;
  /** Weight of the entropy of an architecture's decisions. Default 0.0001. */
  readonly entropyWeight?: number;
  /** Share of the old baseline in the moving average of batch means. Default 0.9. */
  readonly baselineDecay?: number;
  /** Whether the advantages of a batch are shifted and scaled to mean 0 and deviation 1. Default false. */
  readonly normalizeAdvantages?: boolean;
  /** Weight of the squared error of a second head that predicts rewards; 0: there is no such head. Default 0. */
  readonly valueWeight?: number;
  /** Hidden units of the LSTM. Default 64. */
  readonly hiddenUnits?: number;
  /** Logits z become tanhConstant · tanh(z / temperature). Defaults 2.5 and 1. */
  readonly tanhConstant?: number;
  readonly temperature?: number;
  /** Macro spaces: the share of skips to which a penalty of this weight pulls. Defaults 0.4 and 0.8. */
  readonly skipTarget?: number;
  readonly skipWeight?: number;
  /** The worst and the best value of the metric, which become the rewards 0 and 1. Default [0, 1] for one to maximize. */
  readonly range?: readonly [number, number];
  /**
   * `auto`: attention over earlier layers where the space has layers of `operation` and `skips`, over earlier blocks
   * where it has cells of blocks `index1`, `operation1`, `index2`, `operation2`. `generic`: decisions one after the
   * other in any space. Default `auto`.
   */
  readonly layout?: 'auto' | 'generic';
  /** Categories of a float, or of an int with more than 64 values, evenly spaced on its scale. Default 16. */
  readonly bins?: number;
}

/** How an update moves the policy along the advantages of its batch. */
export type UpdateRule =
  | { readonly kind: 'reinforce' }
  | {
      readonly kind: 'ppo';
      readonly clip: number;
      readonly ratio: 'architecture' | 'decision';
      readonly klStop: number | null;
    };

/** Checked options. */
export type ControllerConfig = {
  readonly rule: UpdateRule;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly passes: number;
  readonly minibatches: number;
  readonly gradientNorm: number | null;
  readonly entropyWeight: number;
  readonly baselineDecay: number;
  readonly normalizeAdvantages: boolean;
  readonly valueWeight: number;
  readonly hiddenUnits: number;
  readonly tanhConstant: number;
  readonly temperature: number;
  /** Given by the user, or the default for macro spaces. */
  readonly skips: { readonly target: number; readonly weight: number; readonly given: boolean };
  readonly range: RewardRange;
  readonly layout: 'auto' | 'generic';
  readonly bins: number;
};

export const controllerName = 'controller';

const known = [
  ...['update', 'batchSize', 'learningRate', 'passes', 'minibatches', 'clip', 'ratio', 'klStop'],
  ...['gradientNorm', 'entropyWeight', 'baselineDecay', 'normalizeAdvantages', 'valueWeight'],
  ...['hiddenUnits', 'tanhConstant', 'temperature', 'skipTarget', 'skipWeight', 'range', 'layout', 'bins'],
];

/** Checks and completes a configuration; throws `AlgorithmError` that names the field. */
export function readControllerOptions(config: unknown, metrics: readonly Metric[]): ControllerConfig {
  const fields = new Configuration(controllerName, config, known);
  const rule = readRule(fields);
  const batchSize = fields.integer('batchSize', 1, 1024, 10);
  const passes = fields.integer('passes', 1, 100, rule.kind === 'ppo' ? 5 : 1);
  const minibatches = fields.integer('minibatches', 1, 1024, 1);
  if (minibatches > batchSize) {
    throw new AlgorithmError(
      `'minibatches' of ${controllerName} divides a batch of ${batchSize} architectures into ${minibatches} parts: ` +
        `take at most ${batchSize}`,
    );
  }
  const given = fields.value('skipTarget') !== undefined || fields.value('skipWeight') !== undefined;
  return {
    rule,
    batchSize,
    learningRate: fields.number('learningRate', 1e-9, 100, 1e-3),
    passes,
    minibatches,
    gradientNorm: limit(fields, 'gradientNorm', 0.5),
    entropyWeight: fields.number('entropyWeight', 0, 100, 1e-4),
    baselineDecay: fields.number('baselineDecay', 0, 1, 0.9),
    normalizeAdvantages: flag(fields, 'normalizeAdvantages', false),
    valueWeight: fields.number('valueWeight', 0, 100, 0),
    hiddenUnits: fields.integer('hiddenUnits', 1, 256, 64),
    tanhConstant: fields.number('tanhConstant', 1e-3, 100, 2.5),
    temperature: fields.number('temperature', 1e-3, 1000, 1),
    skips: {
      target: fields.number('skipTarget', 1e-6, 1 - 1e-6, 0.4),
      weight: fields.number('skipWeight', 0, 100, 0.8),
      given,
    },
    range: readRewardRange(controllerName, fields, metrics),
    layout: word(fields, 'layout', ['auto', 'generic'], 'auto'),
    bins: fields.integer('bins', 2, 1024, 16),
  };
}

function readRule(fields: Configuration): UpdateRule {
  const kind = word(fields, 'update', ['ppo', 'reinforce'], 'ppo');
  if (kind === 'ppo') {
    return {
      kind,
      clip: fields.number('clip', 1e-6, 1e6, 0.2),
      ratio: word(fields, 'ratio', ['architecture', 'decision'], 'architecture'),
      klStop: limit(fields, 'klStop', 0.05),
    };
  }
  const foreign = ['clip', 'ratio', 'klStop'].find((field) => fields.value(field) !== undefined);
  if (foreign === undefined) return { kind };
  throw new AlgorithmError(
    `'${foreign}' of ${controllerName} belongs to PPO, and 'update' says 'reinforce': leave it out, or say 'ppo'`,
  );
}

/** A positive number, or null for none. */
function limit(fields: Configuration, field: string, fallback: number): number | null {
  return fields.value(field) === null ? null : fields.number(field, 1e-9, 1e9, fallback);
}

function flag(fields: Configuration, field: string, fallback: boolean): boolean {
  const value = fields.value(field) ?? fallback;
  return typeof value === 'boolean' ? value : fields.refuse(field, 'true or false');
}

function word<W extends string>(fields: Configuration, field: string, words: readonly W[], fallback: W): W {
  const value = fields.value(field) ?? fallback;
  return words.find((one) => one === value) ?? fields.refuse(field, `one of ${words.join(', ')}`);
}
