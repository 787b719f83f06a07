import { isPlainObject, utf8Bytes } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Moments } from '../policy-gradient/adam.js';
import { criticSize, initialCritic } from './critic.js';
import type { Layout } from './layout.js';
import type { Ma2mlConfig } from './options.js';
import type { Rng } from '../../foundation/numbers/index.js';

/** Results kept for the critic, oldest first: `count` pipelines with an option for each head, `inactive` included. */
export interface Replay {
  readonly count: number;
  readonly actions: Uint8Array;
  readonly rewards: Float32Array;
  readonly flags: Uint8Array;
  /** The costs of each pipeline, in the order of the configuration. */
  readonly costs: Float32Array;
}

/** What the agents keep outside of the workflow's state. Steps are those of Adam. */
export interface Memory {
  readonly actor: Moments;
  readonly critic: Float32Array;
  readonly criticMoments: Moments;
  readonly actorSteps: number;
  readonly criticSteps: number;
  readonly replay: Replay;
}

/** Most bytes of a memory: `checkMemorySize` refuses a search whose memory could become larger. */
const mostBytes = 1_000_000;
const mostReplayBytes = 400_000;
const magic = [0x4d, 0x41, 0x32, 0x4d]; // "MA2M"
const version = 1;
const headerBytes = 12;

type ArrayType = 'float32' | 'float64' | 'uint8';
interface Entry {
  readonly name: string;
  readonly dtype: ArrayType;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** The variant `lite` has no critic. */
function parametersOf(layout: Layout, config: Ma2mlConfig): number {
  return config.variant === 'lite' ? 0 : criticSize(layout.input.width, config.hiddenUnits);
}

/** How many results the replay buffer holds at most. */
export function replayCapacity(layout: Layout, config: Ma2mlConfig): number {
  const each = layout.heads.length + 5 + 4 * config.costs.length;
  return Math.max(1, Math.min(config.replay, Math.floor(mostReplayBytes / each)));
}

/** Throws `AlgorithmError` when the memory could grow beyond its limit. */
export function checkMemorySize(layout: Layout, config: Ma2mlConfig): void {
  const results = replayCapacity(layout, config) * (layout.heads.length + 5 + 4 * config.costs.length);
  const bytes = 12 * parametersOf(layout, config) + 8 * layout.size + results + 2_048;
  if (bytes <= mostBytes) return;
  throw new AlgorithmError(
    `the critic and the replay buffer of ma2ml could take ${bytes} bytes for this space, the limit is ${mostBytes}: ` +
      `use 'orderFree' for repeated operations, fewer 'hiddenUnits', a smaller 'replay' or a smaller space`,
  );
}

/** The memory before anything was learned. */
export function initialMemory(layout: Layout, config: Ma2mlConfig, rng: Rng): Memory {
  const parameters = parametersOf(layout, config);
  return {
    actor: zeroMoments(layout.size),
    critic:
      parameters === 0 ? new Float32Array(0) : initialCritic(layout.input.width, config.hiddenUnits, rng),
    criticMoments: zeroMoments(parameters),
    actorSteps: 0,
    criticSteps: 0,
    replay: {
      count: 0,
      actions: new Uint8Array(0),
      rewards: new Float32Array(0),
      flags: new Uint8Array(0),
      costs: new Float32Array(0),
    },
  };
}

function zeroMoments(size: number): Moments {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}

/** The memory as bytes: magic, version and length of the manifest, the manifest in JSON, little-endian arrays. */
export function writeMemory(layout: Layout, memory: Memory): Uint8Array {
  const arrays = arraysOf(layout, memory);
  const entries: Entry[] = [];
  let offset = 0;
  for (const { name, values, shape } of arrays) {
    const dtype = typeOf(values);
    offset += (bytesPer(dtype) - (offset % bytesPer(dtype))) % bytesPer(dtype);
    entries.push({ name, dtype, shape, offset });
    offset += values.length * bytesPer(dtype);
  }
  const manifest = utf8Bytes(JSON.stringify({ structure: layout.structure, arrays: entries }));
  const start = headerBytes + manifest.length;
  const bytes = new Uint8Array(start + offset);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(4, version, true);
  view.setUint32(8, manifest.length, true);
  bytes.set(manifest, headerBytes);
  for (const [place, { values }] of arrays.entries()) {
    const from = start + (entries[place]?.offset ?? 0);
    if (values instanceof Uint8Array) bytes.set(values, from);
    else if (values instanceof Float32Array)
      for (let at = 0; at < values.length; at += 1) view.setFloat32(from + 4 * at, values[at] ?? 0, true);
    else for (let at = 0; at < values.length; at += 1) view.setFloat64(from + 8 * at, values[at] ?? 0, true);
  }
  return bytes;
}

/** The memory that `writeMemory` wrote; throws `AlgorithmError` for anything else. */
export function readMemory(layout: Layout, config: Ma2mlConfig, bytes: Uint8Array): Memory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || magic.some((byte, place) => bytes[place] !== byte)) {
    throw new AlgorithmError(`the ${bytes.length} bytes are no memory of ma2ml`);
  }
  const found = view.getUint32(4, true);
  if (found !== version) {
    throw new AlgorithmError(
      `the memory of ma2ml has version ${found} but this build reads version ${version}: ` +
        `use a build with that version or start a new search`,
    );
  }
  const { structure, entries, start } = readManifest(bytes, view.getUint32(8, true));
  if (structure !== layout.structure) {
    throw new AlgorithmError('the memory of ma2ml belongs to another space, other agents or another critic');
  }
  const take = <T extends Float32Array | Float64Array | Uint8Array>(
    name: string,
    target: (n: number) => T,
  ) => {
    const entry = entries.get(name);
    const length = entry?.shape.reduce((product, size) => product * size, 1) ?? -1;
    const values = target(Math.max(0, length));
    const from = start + (entry?.offset ?? 0);
    const size = length * values.BYTES_PER_ELEMENT;
    if (entry === undefined || entry.dtype !== typeOf(values) || from + size > bytes.length)
      throw damaged(name);
    for (let at = 0; at < length; at += 1) {
      if (values instanceof Uint8Array) values[at] = bytes[from + at] ?? 0;
      else if (values instanceof Float32Array) values[at] = view.getFloat32(from + 4 * at, true);
      else values[at] = view.getFloat64(from + 8 * at, true);
      if (!Number.isFinite(values[at])) throw damaged(name);
    }
    return { values, shape: entry.shape };
  };
  const floats = (name: string, length: number): Float32Array => {
    const { values } = take(name, (size) => new Float32Array(size));
    if (values.length !== length) throw damaged(name);
    return values;
  };
  const whole = (name: string, length: number): Uint8Array => {
    const { values } = take(name, (size) => new Uint8Array(size));
    if (values.length !== length) throw damaged(name);
    return values;
  };
  const parameters = parametersOf(layout, config);
  const steps = take('steps', (size) => new Float64Array(size)).values;
  const count = take('rewards', (size) => new Float32Array(size)).values.length;
  const [actorSteps = -1, criticSteps = -1] = steps;
  if (steps.length !== 2 || !isCount(actorSteps) || !isCount(criticSteps)) throw damaged('steps');
  return {
    actor: { first: floats('actorFirst', layout.size), second: floats('actorSecond', layout.size) },
    critic: floats('critic', parameters),
    criticMoments: { first: floats('criticFirst', parameters), second: floats('criticSecond', parameters) },
    actorSteps,
    criticSteps,
    replay: {
      count,
      actions: whole('actions', count * layout.heads.length),
      rewards: floats('rewards', count),
      flags: whole('flags', count),
      costs: floats('costs', count * config.costs.length),
    },
  };
}

function arraysOf(layout: Layout, { actor, critic, criticMoments, actorSteps, criticSteps, replay }: Memory) {
  const { count } = replay;
  return [
    { name: 'steps', values: Float64Array.of(actorSteps, criticSteps), shape: [2] },
    { name: 'actorFirst', values: actor.first, shape: [layout.size] },
    { name: 'actorSecond', values: actor.second, shape: [layout.size] },
    { name: 'critic', values: critic, shape: [critic.length] },
    { name: 'criticFirst', values: criticMoments.first, shape: [critic.length] },
    { name: 'criticSecond', values: criticMoments.second, shape: [critic.length] },
    { name: 'rewards', values: replay.rewards, shape: [count] },
    { name: 'costs', values: replay.costs, shape: [count, count === 0 ? 0 : replay.costs.length / count] },
    { name: 'actions', values: replay.actions, shape: [count, layout.heads.length] },
    { name: 'flags', values: replay.flags, shape: [count] },
  ];
}

function readManifest(
  bytes: Uint8Array,
  length: number,
): { readonly structure: unknown; readonly entries: ReadonlyMap<string, Entry>; readonly start: number } {
  const start = headerBytes + length;
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(headerBytes, start)));
  } catch {
    throw damaged('manifest');
  }
  const arrays = isPlainObject(parsed) ? parsed['arrays'] : undefined;
  if (!isPlainObject(parsed) || !Array.isArray(arrays) || start > bytes.length) throw damaged('manifest');
  const entries = arrays.map((entry: unknown): [string, Entry] => {
    if (!isPlainObject(entry)) throw damaged('manifest');
    const { name, dtype, shape, offset } = entry;
    const known = dtype === 'float32' || dtype === 'float64' || dtype === 'uint8';
    if (typeof name !== 'string' || !known || !isCount(offset)) throw damaged('manifest');
    if (!Array.isArray(shape) || !shape.every(isCount)) throw damaged('manifest');
    return [name, { name, dtype, shape, offset }];
  });
  return { structure: parsed['structure'], entries: new Map(entries), start };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function typeOf(values: Float32Array | Float64Array | Uint8Array): ArrayType {
  if (values instanceof Uint8Array) return 'uint8';
  return values instanceof Float32Array ? 'float32' : 'float64';
}

function bytesPer(dtype: ArrayType): number {
  switch (dtype) {
    case 'float32':
      return 4;
    case 'float64':
      return 8;
    case 'uint8':
      return 1;
    default:
      return dtype satisfies never;
  }
}

function damaged(part: string): AlgorithmError {
  return new AlgorithmError(`the memory of ma2ml is damaged: see its ${part}`);
}
