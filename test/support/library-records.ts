import { recordBytes, type LibraryRecord, type NamedRecord } from '../../algorithms/warm-start/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';

/** A record of two choices of three operations and a branch of zero, with other fields as given. */
export function libraryRecord(changes: Partial<LibraryRecord> = {}): NamedRecord {
  const record: LibraryRecord = {
    ...{
      format: 'duramen-library-record/1',
      task: 'grating',
      fingerprint: 'f0',
      space: 'a'.repeat(64),
      none: true,
    },
    ...{ probe: 'b'.repeat(64), embedding: [1, 2, 3], masks: [], genotype: [1, 2] },
    logits: [0, 3, 1, 0, 1, 0, 5, 2],
    weights: 'c'.repeat(64),
    search: {
      id: 'source',
      seed: 4,
      algorithm: { name: 'darts', version: 1, config: { epochs: 20 } },
      trajectory: 'd'.repeat(64),
    },
    cost: { epochs: 20, operationEvaluations: 1_000 },
    stop: 'evaluate the architecture of epoch 20',
    retrained: null,
    ...changes,
  };
  return { hash: sha256Hex(recordBytes(record)), record };
}
