import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { setupCommand } from '#setup/folders.mjs';
import { tfjsFolder } from '#setup/tfjs-package.mjs';
import { errorText } from '../foundation/errors/index.js';
import { encodeSavedModel } from './tensorflow-graph/encode-graph.js';
import type { GraphNode } from './tensorflow-graph/graph-writer.js';
import { dataTypeNumber } from './tensorflow-graph/attribute.js';
import { TrainingError } from './training-error.js';

/** What we call in the native binding of `@tensorflow/tfjs-node-gpu`. */
interface NativeBinding {
  readonly TF_Version: string;
  createTensor(shape: readonly number[], dtype: number, values: TensorValues | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): readonly { readonly id: number; readonly shape: readonly number[] }[];
  isUsingGpuDevice(): boolean;
}

export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** A tensor that goes into a graph; its numbers must not change until the run is over. */
export type Feed =
  | {
      readonly type: 'float' | 'int32' | 'uint8';
      readonly sizes: readonly number[];
      readonly values: TensorValues;
    }
  | { readonly type: 'string'; readonly sizes: readonly number[]; readonly values: readonly Uint8Array[] };

/**
 * `repeatable`: the same training has the same bits in every process on a machine of one kind, whatever else runs there.
 * `fast`: TensorFlow may use all it has, and the bits may differ from run to run.
 */
export type ComputationMode = 'repeatable' | 'fast';

/**
 * How several threads share the work of a step. `data`: each computes its part of the batch, and the step is still that of
 * the whole batch. `operations`: all split every operation, and some operations run at a time.
 */
export type Parallelism = 'operations' | 'data';

/** How TensorFlow computes in a process; it is fixed when the library is loaded. */
export interface Computation {
  /** Other numbers give other bits. */
  readonly threads: number;
  /** Default `repeatable`. */
  readonly mode?: ComputationMode | undefined;
  /** Default `data` with up to three threads, `operations` with more. The other gives other bits. */
  readonly parallelism?: Parallelism | undefined;
}

/** A computation of which everything is settled. */
export type SettledComputation = {
  readonly [K in keyof Computation]-?: NonNullable<Computation[K]>;
};

let loaded: { readonly binding: NativeBinding; readonly computation: SettledComputation } | null = null;

/**
 * Most parts of a batch by default: every part makes the graph of a step larger and the first step of a new network
 * later, while the gain of parts was measured on two cores only.
 */
const mostParts = 3;

/** Fills in defaults. One thread has no work to share, so its parallelism is always `operations`. */
export function settledComputation({ threads, mode, parallelism }: Computation): SettledComputation {
  const usual = threads <= mostParts ? 'data' : 'operations';
  return {
    threads,
    mode: mode ?? 'repeatable',
    parallelism: threads === 1 ? 'operations' : (parallelism ?? usual),
  };
}

/** TensorFlow in this process, loaded at the first use. */
export function loadTensorflow(told: Computation): NativeBinding {
  const computation = settledComputation(told);
  if (loaded !== null) {
    const [before, now] = [computationText(loaded.computation), computationText(computation)];
    if (before === now) return loaded.binding;
    throw new Error(
      `This process has loaded TensorFlow with ${before} and cannot train with ${now}: use one of each in a search.`,
    );
  }
  if (!isMainThread)
    throw new Error('TensorFlow does not run in worker threads: train in a process of its own.');
  // Set the variables first: TensorFlow reads them once, while it is loaded.
  Object.assign(process.env, computationEnvironment(computation));
  // Let TensorFlow print warnings: some kernels crash after a failed allocation, and its warning is the only evidence.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  const require = createRequire(import.meta.url);
  const file = bindingFile();
  if (!existsSync(file)) {
    throw new Error(
      `TensorFlow is not set up on this machine (${file} is not there): run "${setupCommand('tensorflow')}".`,
    );
  }
  const binding = require(file) as NativeBinding;
  loaded = { binding, computation };
  return binding;
}

/** The compiled binding, where the set-up puts it. */
export function bindingFile(): string {
  const folder = tfjsFolder();
  if (folder === undefined)
    throw new Error(`TensorFlow is not set up on this machine: run "${setupCommand('tensorflow')}".`);
  return path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

function computationText({ threads, mode, parallelism }: SettledComputation): string {
  return `${threads} threads in mode ${mode} and parallelism of ${parallelism}`;
}

// TensorFlow splits sums by the number of threads. Its kernels for CPUs are always deterministic, those for GPUs only
// with TF_DETERMINISTIC_OPS.
function computationEnvironment({
  threads,
  mode,
  parallelism,
}: SettledComputation): Readonly<Record<string, string>> {
  return {
    // With data parallelism each thread runs the operations of its part alone.
    TF_NUM_INTRAOP_THREADS: parallelism === 'data' ? '1' : String(threads),
    // Below zero: TensorFlow runs operations in the thread that calls it and hands none to a pool.
    TF_NUM_INTEROP_THREADS: threads === 1 ? '-1' : String(threads),
    // That thread then computes them itself.
    TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD: threads === 1 ? '1' : '0',
    TF_DETERMINISTIC_OPS: mode === 'repeatable' ? '1' : '0',
    // TensorFlow's own kernels have no gradients of dilated convolutions, and are slower.
    TF_ENABLE_ONEDNN_OPTS: process.env['TF_ENABLE_ONEDNN_OPTS'] ?? '1',
  };
}

/**
 * Version of the computation of a training step, which the kind of every result names; a kind that names none is of version
 * 1. Raise it with every change by which a training of this code may give other bits than before with the same
 * libraries: another form of a gradient, another order of a sum, another draw of random numbers. A report tells results of
 * several versions apart by it.
 */
export const computationVersion = 2;

/** What, besides the processor, can make the same training give other bits. */
export function tensorflowKind(computation: Computation): string {
  const binding = loadTensorflow(computation);
  const device = binding.isUsingGpuDevice() ? 'GPU' : 'CPU';
  const { threads, mode, parallelism } = settledComputation(computation);
  const kind = [
    `TensorFlow ${binding.TF_Version} on ${device}, computation ${computationVersion}, ${threads} threads, oneDNN ${oneDnnSetting()}`,
    ...(mode === 'fast' ? ['fast mode'] : []),
    ...(parallelism === 'data' && device === 'CPU' ? ['data parallelism'] : []),
  ];
  return kind.join(', ');
}

// Processor features with which TensorFlow turns oneDNN on by itself; on others only the setting above turns it on.
const oneDnnFeatures = ['avx512_vnni', 'avx512_bf16', 'avx_vnni', 'amx_tile', 'amx_int8', 'amx_bf16'];

function oneDnnSetting(): string {
  if (process.env['TF_ENABLE_ONEDNN_OPTS'] === '0') return 'off';
  const features = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  return oneDnnFeatures.some((feature) => features.includes(feature)) ? 'on' : 'on by setting';
}

/** A graph in a session of its own, with its own variables. Runs block the process. */
export class LoadedGraph {
  private readonly id: number;
  private isOpen = true;

  constructor(
    private readonly binding: NativeBinding,
    nodes: readonly GraphNode[],
  ) {
    const folder = mkdtempSync(path.join(tmpdir(), 'duramen-graph-'));
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), encodeSavedModel(nodes));
      this.id = explained(() => binding.loadSavedModel(folder, 'serve'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Feeds placeholders by name and fetches values by the names of their nodes, in this order. */
  run(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): readonly TensorValues[] {
    const { binding } = this;
    const inputs = Object.values(feeds).map((feed) =>
      binding.createTensor(
        feed.sizes,
        dataTypeNumber[feed.type],
        feed.type === 'string' ? feed.values : unaligned(feed.values),
      ),
    );
    try {
      const outputs = explained(() =>
        binding.runSavedModel(
          this.id,
          inputs,
          Object.keys(feeds)
            .map((name) => `${name}:0`)
            .join(','),
          fetches.map((name) => `${name}:0`).join(','),
        ),
      );
      return outputs.map(({ id }) => {
        // The numbers lie in memory of TensorFlow's that goes with the tensor.
        const values = binding.tensorDataSync(id).slice();
        binding.deleteTensor(id);
        return values;
      });
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
  }

  /** Frees the session and its variables. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.binding.deleteSavedModel(this.id);
  }
}

/**
 * Numbers where TensorFlow has to copy them. It shares memory of JavaScript's that is aligned as its own, and a variable that
 * was assigned such a tensor would let go of it in any of TensorFlow's threads, which must not touch what belongs to Node:
 * the process would end sooner or later. JavaScript's allocator aligns to 16 bytes.
 */
function unaligned(values: TensorValues): TensorValues {
  if (values.byteOffset % 16 !== 0) return values;
  const offset = 4;
  const buffer = new ArrayBuffer(offset + values.byteLength);
  new Uint8Array(buffer, offset).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  if (values instanceof Float32Array) return new Float32Array(buffer, offset);
  if (values instanceof Int32Array) return new Int32Array(buffer, offset);
  return new Uint8Array(buffer, offset);
}

/** What TensorFlow says of a tensor that no machine could hold: a network may ask for one. */
const tooManyNumbers = /would have more than 2\*\*63|too many elements|overflows? (int64|when computing)/i;

// TensorFlow's errors come as text only. Networks are checked before they are written, so what TensorFlow refuses
// otherwise is what we wrote: no fault of the architecture, which a search would go round in silence.
function explained<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const message = errorText(error);
    const first = message.split('\n')[0]?.trim().replace(/\.$/, '') ?? '';
    if (/\bOOM\b|RESOURCE_EXHAUSTED|ResourceExhausted|failed to allocate|bad_alloc/i.test(message)) {
      throw new TrainingError(
        'OutOfMemory',
        `TensorFlow ran out of memory: ${first}; use a smaller batch or network.`,
        { cause: error },
      );
    }
    if (tooManyNumbers.test(message)) {
      throw new TrainingError('InvalidArchitecture', `TensorFlow refuses the network: ${first}.`, {
        cause: error,
      });
    }
    throw new Error(
      `TensorFlow cannot compute a network that Duramen takes for valid: ${first}; report it with the network, and leave out what it names.`,
      { cause: error },
    );
  }
}
