import { int, type } from '../tensorflow-graph/attribute.js';
import type { GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';
import { operationFacts } from './augmentation-operations.js';
import type { AugmentationOperationName } from './augmentation-operations.js';
import type { AugmentationOperation, AugmentationPolicy } from './augmentation-policy.js';
import { geometric, geometricMaps, geometryNumber, isGeometric, resampled } from './geometric-operations.js';
import type { GeometricName } from './geometric-operations.js';
import type { ImageDraws, ImageFacts, ImagePart } from './image-part.js';
import { betaShares, cutmix, cutout, mixup } from './rectangle-operations.js';
import { TensorArithmetic } from './tensor-arithmetic.js';
import * as tone from './tone-operations.js';

/** What a policy is written into a graph for. */
export interface AugmentedData {
  /** Height, width and channels. */
  readonly imageShape: readonly [number, number, number];
  /** Of all pixels divided by 255. */
  readonly mean: number;
  /** Seed (two integers) of the random numbers of one use. */
  readonly seedOf: (use: string) => Value;
}

/** A batch as a policy has changed it. */
export interface AugmentedBatch {
  readonly images: Value;
  /** Mixes targets, of sizes [images, classes], as the images were mixed. */
  readonly mixTargets: (targets: Value) => Value;
}

/** Operations that are computed together; the others are groups of their own. */
type Group = 'untouched' | 'geometric' | Exclude<AugmentationOperationName, GeometricName>;

/** A position in the sequences of a step: what each alternative does there. */
type Slot = readonly (AugmentationOperation | null)[];

// Names of uses that no node of a network can have, because seeds of uses are told apart by name.
const drawsUse = '@augmentation';
const mixtureUse = (slot: number): string => `@augmentation/mixture:${slot}`;

const numbersOfSlot = ['apply', 'magnitude', 'sign', 'first', 'second'] as const;

/** Every use of random numbers in a policy. */
export function augmentationUses(policy: AugmentationPolicy): readonly string[] {
  const slots = policy.flatMap(slotsOf);
  if (slots.length === 0) return [];
  return [drawsUse, ...slots.flatMap((slot, i) => (slot.some(mixes) ? [mixtureUse(i)] : []))];
}

/** Writes the nodes that augment a batch of images of type uint8. */
export function writeAugmentation(
  graph: GraphWriter,
  policy: AugmentationPolicy,
  images: Value,
  data: AugmentedData,
): AugmentedBatch {
  if (augmentationUses(policy).length === 0) return { images, mixTargets: (targets) => targets };
  return new AugmentationWriter(graph, policy, images, data).write();
}

class AugmentationWriter {
  private readonly math: TensorArithmetic;
  private readonly facts: ImageFacts;
  private readonly fillNumbers: ReadonlyMap<number, number>;
  /** Vectors of uniform numbers that nothing has used yet. */
  private readonly numbers: Value[];
  private readonly count: Value;
  private readonly ownShares: Value[] = [];
  /** Maps that the writer has yet to apply: it multiplies neighbouring ones, so that they cost as much as one. */
  private pending: { readonly maps: Value; readonly fill: Value; readonly isFlip: boolean } | null = null;
  private slots = 0;

  constructor(
    private readonly graph: GraphWriter,
    private readonly policy: AugmentationPolicy,
    private images: Value,
    private readonly data: AugmentedData,
  ) {
    const math = new TensorArithmetic(graph);
    this.math = math;
    const [height, width, channels] = data.imageShape;
    const operations = policy.flatMap(({ oneOf }) => oneOf.flat());
    const fills = [...new Set([0, ...operations.map((operation) => this.fillOf(operation))])];
    this.fillNumbers = new Map(fills.map((fill, i) => [fill, i]));
    const pixels = Float32Array.from(fills.flatMap((fill) => Array.from({ length: channels }, () => fill)));
    const table = math.cast(graph.constant('float', [fills.length, channels], pixels), 'uint8');
    this.facts = { height, width, channels, fills: table };
    this.count = math.count(images);
    const needed = policy.reduce((sum, step) => sum + 1 + slotsOf(step).length * numbersOfSlot.length, 0);
    const sizes = math.stack([graph.integer(needed), this.count]);
    const uniform = graph.op(
      'StatelessRandomUniform',
      [sizes, data.seedOf(drawsUse)],
      { type: 'float', sizes: [needed, -1] },
      { dtype: type('float'), T: type('int32'), Tseed: type('int32') },
    );
    this.numbers = [...math.unstack(uniform, 0, needed)];
  }

  write(): AugmentedBatch {
    const { math } = this;
    for (const step of this.policy) {
      const chosen = this.chosen(step.weights);
      for (const slot of slotsOf(step)) this.writeSlot(slot, chosen);
    }
    this.applyPending();
    const { images, ownShares } = this;
    const mixTargets = (targets: Value): Value =>
      ownShares.reduce((mixed, own) => {
        const others = math.reversed(mixed);
        const distance = math.subtract(mixed, others);
        return math.add(others, math.multiply(distance, math.reshape(own, -1, 1)));
      }, targets);
    return { images, mixTargets };
  }

  /** The number of the alternative that each image goes through. */
  private chosen(weights: readonly number[]): Value {
    const { math } = this;
    const number = this.next();
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    const ends = weights.slice(0, -1).map((weight) => (sum += weight) / total);
    const limits = this.graph.constant('float', [1, ends.length], Float32Array.from(ends));
    const passed = math.floats(math.atLeast(math.reshape(number, -1, 1), limits));
    return math.cast(math.reduce('Sum', passed, 1, false), 'int32');
  }

  private writeSlot(slot: Slot, chosen: Value): void {
    const { math } = this;
    const groups = [...new Set<Group>(['untouched', ...slot.map(groupOf)])];
    const { isActive, draws, alpha } = this.draws(slot, chosen);
    const [only] = slot;
    const isStatic = slot.length === 1 && only !== undefined && only !== null;
    if (isStatic && groupOf(only) === 'geometric') {
      const geometry = math.multiply(draws.geometry, isActive);
      const isFlip = only.op === 'horizontalFlip' || only.op === 'verticalFlip';
      this.addPending({ ...draws, geometry }, isFlip);
    } else {
      this.applyPending();
      const numbers = slot.map((operation) => groups.indexOf(groupOf(operation)));
      const group = math.cast(math.multiply(this.perImage(numbers, chosen), isActive), 'int32');
      if (isStatic && only.probability === 1) {
        this.images = this.operated(groupOf(only), { images: this.images, draws });
      } else if (groups.some((each) => each !== 'untouched' && each !== 'mixup' && each !== 'cutmix')) {
        this.images = this.operatedInParts(groups, group, draws);
      }
      this.mix(groups, group, draws, alpha);
    }
    this.slots++;
  }

  // Draws for each image whether its operation acts, and with what numbers.
  private draws(
    slot: Slot,
    chosen: Value,
  ): { readonly isActive: Value; readonly draws: ImageDraws; readonly alpha: Value } {
    const { math } = this;
    const [apply, strength, sign, first, second] = numbersOfSlot.map(() => this.next());
    if (!apply || !strength || !sign || !first || !second) throw new Error('Too few numbers were drawn.');
    const perImage = (of: (operation: AugmentationOperation) => number): Value =>
      this.perImage(
        slot.map((operation) => (operation === null ? 0 : of(operation))),
        chosen,
      );
    const isActive = math.floats(
      math.less(
        apply,
        perImage(({ probability }) => probability),
      ),
    );
    const steps = perImage((operation) => operation.steps ?? 0);
    const last = math.maximum(math.subtract(steps, 1), 1);
    const stepped = math.divide(math.floor(math.multiply(strength, steps)), last);
    const isStepped = math.floats(math.less(0, steps));
    const share = math.add(strength, math.multiply(isStepped, math.subtract(stepped, strength)));
    const low = perImage((operation) => this.magnitudeOf(operation)[0]);
    const span = perImage((operation) => {
      const [from, to] = this.magnitudeOf(operation);
      return to - from;
    });
    const drawn = math.add(low, math.multiply(share, span));
    const hasSign = perImage(({ randomSign }) => (randomSign ? 1 : 0));
    const isReflected = math.multiply(hasSign, math.floats(math.less(sign, 0.5)));
    const neutral = perImage(({ op }) => operationFacts(op).magnitude?.neutral ?? 0);
    const reflection = math.multiply(math.subtract(neutral, drawn), 2);
    return {
      isActive,
      draws: {
        magnitude: math.add(drawn, math.multiply(isReflected, reflection)),
        first,
        second,
        geometry: perImage(({ op }) => geometryNumber(op)),
        fill: perImage((operation) => this.fillNumbers.get(this.fillOf(operation)) ?? 0),
      },
      alpha: perImage((operation) => operation.alpha ?? 1),
    };
  }

  /** A number of the alternative that each image goes through. */
  private perImage(numbers: readonly number[], chosen: Value): Value {
    const table = this.graph.constant('float', [numbers.length], Float32Array.from(numbers));
    return this.math.gather(table, chosen);
  }

  private addPending(draws: ImageDraws, isFlip: boolean): void {
    const { math, pending } = this;
    const maps = geometricMaps(math, draws, this.facts);
    // A flip moves whole pixels within the image: before or after it, another map stays exact.
    if (pending !== null && (pending.isFlip || isFlip)) {
      this.pending = {
        maps: math.matrixProduct(pending.maps, maps),
        fill: isFlip ? pending.fill : draws.fill,
        isFlip: pending.isFlip && isFlip,
      };
      return;
    }
    this.applyPending();
    this.pending = { maps, fill: draws.fill, isFlip };
  }

  private applyPending(): void {
    const { pending } = this;
    if (pending === null) return;
    this.images = resampled(this.math, this.images, pending.maps, pending.fill, this.facts);
    this.pending = null;
  }

  // Every group computes its own images only.
  private operatedInParts(groups: readonly Group[], group: Value, draws: ImageDraws): Value {
    const { graph, math } = this;
    const parts = (value: Value): readonly Value[] =>
      graph.ops(
        'DynamicPartition',
        [value, group],
        groups.map(() => ({ type: value.type, sizes: [-1, ...value.sizes.slice(1)] })),
        { T: type(value.type), num_partitions: int(groups.length) },
      );
    const { magnitude, first, second, geometry, fill } = draws;
    const table = math.stack([magnitude, first, second, geometry, fill], 1);
    const numbers = parts(table);
    const images = parts(this.images);
    const places = parts(math.range(this.count));
    const operated = groups.map((each, i) => {
      const [own, rows] = [images[i], numbers[i]];
      if (own === undefined || rows === undefined) throw new Error('A group has no part.');
      const columns = math.unstack(rows, 1, 5);
      const [magnitude, first, second, geometry, fill] = columns;
      if (!magnitude || !first || !second || !geometry || !fill) throw new Error('A part has no numbers.');
      return this.operated(each, { images: own, draws: { magnitude, first, second, geometry, fill } });
    });
    const output = { type: 'uint8', sizes: this.images.sizes } as const;
    return graph.op('DynamicStitch', [...places, ...operated], output, {
      T: type('uint8'),
      N: int(groups.length),
    });
  }

  private operated(group: Group, part: ImagePart): Value {
    const { math, facts } = this;
    switch (group) {
      case 'untouched':
      case 'mixup':
      case 'cutmix':
        return part.images;
      case 'geometric':
        return geometric(math, part, facts);
      case 'cutout':
        return cutout(math, part, facts);
      default:
        return tone[group](math, part, facts);
    }
  }

  private mix(groups: readonly Group[], group: Value, draws: ImageDraws, alpha: Value): void {
    const { math } = this;
    const kinds = groups.filter((each) => each === 'mixup' || each === 'cutmix');
    if (kinds.length === 0) return;
    const share = betaShares(math, alpha, this.count, this.data.seedOf(mixtureUse(this.slots)));
    for (const kind of kinds) {
      const isMixed = math.floats(math.equal(group, groups.indexOf(kind)));
      const mixed = { isMixed, share };
      const { images, own } =
        kind === 'mixup'
          ? mixup(math, this.images, mixed)
          : cutmix(math, this.images, mixed, draws, this.facts);
      this.images = images;
      this.ownShares.push(own);
    }
  }

  // In pixels where it is a length. A crop and a square have whole pixels.
  private magnitudeOf({ op, magnitude, unit }: AugmentationOperation): readonly [number, number] {
    if (magnitude === null) return [0, 0];
    const [height, width] = this.data.imageShape;
    const isLength = operationFacts(op).magnitude?.isLength === true && unit === 'side';
    const isVertical = op === 'translateY';
    const isHorizontal = op === 'translateX';
    const side = isVertical ? height : isHorizontal ? width : Math.min(height, width);
    const [low, high] = magnitude.map((each) => (isLength ? each * side : each));
    if (low === undefined || high === undefined) throw new Error('A magnitude has two ends.');
    return [low, high];
  }

  private fillOf({ fill }: AugmentationOperation): number {
    return fill === 'mean' ? Math.round(255 * this.data.mean) : (fill ?? 0);
  }

  private next(): Value {
    const number = this.numbers.shift();
    if (number === undefined) throw new Error('Too few numbers were drawn.');
    return number;
  }
}

function slotsOf({ oneOf }: AugmentationPolicy[number]): readonly Slot[] {
  const length = oneOf.reduce((longest, sequence) => Math.max(longest, sequence.length), 0);
  return Array.from({ length }, (_none, place) => oneOf.map((sequence) => sequence[place] ?? null));
}

function mixes(operation: AugmentationOperation | null): boolean {
  return operation?.op === 'mixup' || operation?.op === 'cutmix';
}

function groupOf(operation: AugmentationOperation | null): Group {
  if (operation === null || operation.op === 'identity') return 'untouched';
  return isGeometric(operation.op) ? 'geometric' : operation.op;
}
