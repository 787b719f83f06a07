import { createHash } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { z } from 'zod';
import { TrainingError } from './training-error.js';
import type { TrainingState } from './step/training-step.js';

/** Everything that a training needs to go on as if it had never stopped. */
export interface TrainingCheckpoint {
  /** What is trained, on what and how: a checkpoint fits only the same. */
  readonly content: string;
  /** Seed of the training that made it. */
  readonly seed: string;
  /** Optimiser steps done. */
  readonly step: number;
  /** Losses of the steps of the epoch that is not over. */
  readonly lossSum: number;
  /** Library and processor of each process that trained towards this checkpoint. */
  readonly kinds: readonly string[];
  readonly state: TrainingState;
}

const format = 'duramen-training-checkpoint/1';
const hashBytes = 32;

const schema = z.object({
  format: z.literal(format),
  content: z.string(),
  seed: z.string(),
  step: z.number().int().nonnegative(),
  lossSum: z.number(),
  kinds: z.array(z.string()),
  state: z.record(z.string(), z.instanceof(Uint8Array)),
});

/** A checkpoint as bytes: MessagePack, then the SHA-256 of that. Numbers lie in the machine's (little-endian) order. */
export function encodeCheckpoint(checkpoint: TrainingCheckpoint): Uint8Array {
  const state = Object.fromEntries(
    [...checkpoint.state].map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      new Uint8Array(buffer, byteOffset, byteLength),
    ]),
  );
  const body = encode({ format, ...checkpoint, state });
  const whole = new Uint8Array(body.length + hashBytes);
  whole.set(body);
  whole.set(createHash('sha256').update(body).digest(), body.length);
  return whole;
}

/** Reads a checkpoint. Throws `TrainingError` of class `BadInput` if it is truncated or damaged. */
export function decodeCheckpoint(bytes: Uint8Array): TrainingCheckpoint {
  const body = bytes.subarray(0, Math.max(0, bytes.length - hashBytes));
  const hash = createHash('sha256').update(body).digest();
  if (!hash.equals(bytes.subarray(body.length))) {
    throw new TrainingError(
      'BadInput',
      `The training checkpoint of ${bytes.length} bytes is truncated or damaged: remove it to train from the start.`,
    );
  }
  const read = schema.safeParse(decoded(body));
  if (!read.success) {
    throw new TrainingError(
      'BadInput',
      `The checkpoint is none of a training in the format ${format}: resume with the version of duramen that wrote it, or remove it to train from the start.`,
    );
  }
  const { content, seed, step, lossSum, kinds, state } = read.data;
  // A copy, because floats must start at a multiple of four.
  const floats = (stored: Uint8Array): Float32Array => new Float32Array(new Uint8Array(stored).buffer);
  const entries = Object.entries(state).map(([name, stored]) => [name, floats(stored)] as const);
  return { content, seed, step, lossSum, kinds, state: new Map(entries) };
}

function decoded(body: Uint8Array): unknown {
  try {
    return decode(body);
  } catch {
    // No MessagePack: another program wrote this file.
    return undefined;
  }
}

/** Identifies a state by its bits: SHA-256 in hexadecimal. */
export function hashState(state: TrainingState): string {
  const hash = createHash('sha256');
  for (const [name, { buffer, byteOffset, byteLength }] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${byteLength}\0`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
