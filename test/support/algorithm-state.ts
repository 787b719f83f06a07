import { encodeState, type StateValue } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { decodeLoopState } from '../../searches/loop/loop-state.js';

/** What an algorithm had learned when its search ended, bit by bit. */
export interface AlgorithmBits {
  /** Hash of its whole state. */
  readonly state: string;
  /** Hash of the logits (and target logits) of a policy; null where it has none. */
  readonly policy: string | null;
  /** Name of what it keeps in the artifact store: the hash of the bytes. */
  readonly bulk: string | null;
}

/** The bits in a state that `SearchLoop.encode` gave, such as that of a snapshot. */
export function algorithmBits(encoded: Uint8Array): AlgorithmBits {
  const { algorithm } = decodeLoopState(encoded);
  const fields: Readonly<Record<string, StateValue>> = isPlainObject(algorithm) ? algorithm : {};
  const policy = fields['policy'] ?? fields['logits'];
  const bulk = fields['bulk'];
  return {
    state: sha256Hex(encodeState(algorithm)),
    policy: policy instanceof Uint8Array ? sha256Hex(policy) : null,
    bulk: typeof bulk === 'string' ? bulk : null,
  };
}
