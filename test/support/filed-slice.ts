import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome, Space } from '../../search-spaces/index.js';
import type { DrawnArchitecture, SavedWeights, SliceTrial } from '../../training/slice-trial.js';

/** What a slice of a test is of. */
export interface FiledSliceOptions {
  readonly folder: string;
  readonly space: Space;
  readonly genome: Genome;
  readonly context?: Readonly<Record<string, Json>>;
  readonly seed?: string;
  /** By hash. */
  readonly artifacts?: ReadonlyMap<string, Uint8Array>;
}

/** A trial that is a slice, with its checkpoints in files. */
export class FiledSlice implements SliceTrial {
  readonly seed: string;
  readonly context: Readonly<Record<string, Json>>;
  readonly limits = {};
  readonly attributes: Record<string, Json> = {};
  /** What it handed back beside its metrics. */
  handedBack: readonly number[] = [];
  latest: SavedWeights | null;
  protected readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;

  constructor(
    readonly index: number,
    readonly slice: Slice,
    continued: SavedWeights | null,
    private readonly options: FiledSliceOptions,
  ) {
    this.latest = continued;
    this.context = options.context ?? {};
    this.seed = options.seed ?? 'abcdef0123456789';
  }

  readonly checkpoint = {
    save: (content: Uint8Array, step: number): Promise<void> => {
      const file = path.join(this.options.folder, `${this.index}-${step}`);
      writeFileSync(file, content);
      this.latest = { path: file, trial: this.index, step };
      return Promise.resolve();
    },
    latest: (): Promise<SavedWeights | null> => Promise.resolve(this.latest),
  };

  /** Parks when the training has looked so many times whether it should. */
  parkAfter(looks: number): this {
    let left = looks;
    Object.defineProperty(this.signal, 'aborted', {
      get: () => {
        left -= 1;
        if (left === -1) this.controller.abort(new Error('parked'));
        return left < 0;
      },
    });
    return this;
  }

  report(): void {
    throw new Error('A slice reports nothing.');
  }

  shouldStop(): boolean {
    return false;
  }

  setAttribute(key: string, value: Json): void {
    this.attributes[key] = value;
  }

  saveArtifact(): Promise<string> {
    return Promise.reject(new Error('A slice keeps no artifact.'));
  }

  artifact(hash: string): Promise<Uint8Array> {
    const bytes = this.options.artifacts?.get(hash);
    return bytes === undefined
      ? Promise.reject(new Error(`There is no artifact ${hash}.`))
      : Promise.resolve(bytes);
  }

  values(numbers: readonly number[]): void {
    this.handedBack = numbers;
  }

  draws(_count: number, _from = 0): Promise<readonly DrawnArchitecture[]> {
    return Promise.reject(new Error('This slice draws nothing.'));
  }

  architecture(): Promise<{ readonly space: Space; readonly genome: Genome; readonly reward: string }> {
    const { space, genome } = this.options;
    return Promise.resolve({ space, genome, reward: 'accuracy' });
  }
}
