import { AlgorithmError } from '../contract/algorithm-error.js';

/** Logits and target logits as little-endian float32, four bytes each, on every machine. */
export function bytesOfPolicy(logits: Float32Array, target: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * (logits.length + target.length));
  const view = new DataView(bytes.buffer);
  for (const [place, logit] of [...logits, ...target].entries()) view.setFloat32(4 * place, logit, true);
  return bytes;
}

/** The logits and target logits that `bytesOfPolicy` wrote; throws `AlgorithmError` for anything else. */
export function policyOfBytes(
  bytes: Uint8Array,
  size: number,
  place: string,
): { readonly logits: Float32Array; readonly target: Float32Array } {
  if (bytes.length !== 8 * size) {
    throw new AlgorithmError(
      `${place} should be ${2 * size} numbers in ${8 * size} bytes, found ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float32Array(2 * size);
  for (let at = 0; at < 2 * size; at += 1) {
    const value = view.getFloat32(4 * at, true);
    if (!Number.isFinite(value)) throw new AlgorithmError(`${place} holds ${value} at place ${at}`);
    numbers[at] = value;
  }
  return { logits: numbers.slice(0, size), target: numbers.slice(size) };
}
