import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { badTable } from './table-file.js';
import { parseTableJson } from './table-rows.js';

/** One output: nodes of all trees in a row; children are counted from the tree's first node. */
interface Forest {
  readonly baseScore: number;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Feature that a node asks for; −1 for a leaf. */
  readonly feature: Int32Array;
  readonly thresholdOrLeaf: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** Which input a feature comes from; with a value, the feature is 1 where the input has it and 0 elsewhere. */
interface Feature {
  readonly input: string;
  readonly value: string | null;
}

/** Gradient-boosted trees in memory. */
export class TableTrees {
  private constructor(
    readonly path: string,
    private readonly features: readonly Feature[],
    private readonly forests: ReadonlyMap<string, Forest>,
  ) {}

  /**
   * Reads `{ features, outputs: { name: { base_score, offsets, feature, threshold_or_leaf, left, right } } }`, where
   * node k of tree i is at offsets[i] + k; anything else is `BadInput`.
   */
  static parse(path: string, text: string): TableTrees {
    const file = parseTableJson(path, text);
    const features = isPlainObject(file) ? file['features'] : undefined;
    const outputs = isPlainObject(file) ? file['outputs'] : undefined;
    if (!isTexts(features) || !isPlainObject(outputs)) {
      throw badTable(`The surrogate ${path} has no "features" and "outputs": it has another format.`);
    }
    const forests = Object.entries(outputs).map(
      ([name, output]) => [name, readForest(`${path}, output "${name}"`, output, features.length)] as const,
    );
    return new TableTrees(path, features.map(featureOf), new Map(forests));
  }

  /** Names of the outputs. */
  get columns(): readonly string[] {
    return [...this.forests.keys()];
  }

  /** Names of the inputs, each of which needs a value. */
  get inputs(): ReadonlySet<string> {
    return new Set(this.features.map(({ input }) => input));
  }

  /** Feature values of a point. An input of a value that no feature knows is `BadInput`. */
  vector(inputs: Readonly<Record<string, Json>>): Float32Array {
    const vector = new Float32Array(this.features.length);
    const matched = new Set<string>();
    for (const [index, { input, value }] of this.features.entries()) {
      const given = inputs[input];
      if (value !== null) {
        if (!isSame(given, value)) continue;
        matched.add(input);
        vector[index] = 1;
      } else if (typeof given === 'number' || typeof given === 'boolean') {
        vector[index] = Number(given);
      } else {
        throw badTable(
          `The surrogate ${this.path} needs a number for "${input}", not ${JSON.stringify(given)}.`,
        );
      }
    }
    for (const { input, value } of this.features) {
      if (value === null || matched.has(input)) continue;
      const known = this.features.flatMap((other) => (other.input === input ? [other.value ?? ''] : []));
      // A feature of one value alone stands for yes or no.
      if (known.length < 2) continue;
      const given = JSON.stringify(inputs[input]);
      throw badTable(`The surrogate ${this.path} knows ${known.join(', ')} for "${input}", not ${given}.`);
    }
    return vector;
  }

  /** One output of a point: the base score and a leaf of each tree. */
  predict(output: string, vector: Float32Array): number {
    const forest = this.forests.get(output);
    if (forest === undefined) throw badTable(`The surrogate ${this.path} has no output "${output}".`);
    const { baseScore, roots, feature, thresholdOrLeaf, left, right } = forest;
    let sum = baseScore;
    for (const root of roots) {
      let node = root;
      for (;;) {
        const asked = feature[node] ?? -1;
        const threshold = thresholdOrLeaf[node] ?? 0;
        if (asked < 0) {
          sum += threshold;
          break;
        }
        const next = (vector[asked] ?? 0) < threshold ? left[node] : right[node];
        node = root + (next ?? 0);
      }
    }
    return sum;
  }
}

function featureOf(name: string): Feature {
  const sign = name.indexOf('=');
  return sign < 0
    ? { input: name, value: null }
    : { input: name.slice(0, sign), value: name.slice(sign + 1) };
}

function isSame(given: Json | undefined, value: string): boolean {
  switch (typeof given) {
    case 'boolean':
      return String(given) === value.toLowerCase();
    case 'number':
      return String(given) === value;
    default:
      return given === value;
  }
}

function readForest(place: string, output: unknown, features: number): Forest {
  if (!isPlainObject(output)) throw badTable(`The surrogate ${place} has no arrays of trees.`);
  const numbers = (name: string): readonly number[] => {
    const values = output[name];
    if (!isNumbers(values)) throw badTable(`The surrogate ${place} has no numbers "${name}".`);
    return values;
  };
  const baseScore = output['base_score'];
  if (typeof baseScore !== 'number') throw badTable(`The surrogate ${place} has no number "base_score".`);
  const offsets = numbers('offsets');
  const feature = numbers('feature');
  const thresholdOrLeaf = numbers('threshold_or_leaf');
  const left = numbers('left');
  const right = numbers('right');
  const nodes = feature.length;
  // The last offset is the end of the last tree, or left out.
  const ends = offsets.at(-1) === nodes ? offsets.slice(1) : [...offsets.slice(1), nodes];
  const roots = offsets.slice(0, ends.length);
  const sound =
    [thresholdOrLeaf, left, right].every((values) => values.length === nodes) &&
    roots.every((root, tree) => {
      const end = ends[tree] ?? 0;
      if (!Number.isInteger(root) || root < 0 || root >= end) return false;
      for (let node = root; node < end; node += 1) {
        const asked = feature[node] ?? -1;
        if (!Number.isInteger(asked) || asked >= features) return false;
        // Children come after their parent, so that every walk ends.
        const follows = (child: number | undefined): boolean =>
          child !== undefined && Number.isInteger(child) && root + child > node && root + child < end;
        if (asked >= 0 && !(follows(left[node]) && follows(right[node]))) return false;
      }
      return true;
    });
  if (!sound)
    throw badTable(`The surrogate ${place} has trees that do not fit together: the file is damaged.`);
  return {
    baseScore,
    roots: Int32Array.from(roots),
    feature: Int32Array.from(feature),
    thresholdOrLeaf: Float32Array.from(thresholdOrLeaf),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
