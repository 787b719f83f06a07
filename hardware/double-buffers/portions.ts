/** How an operand is cut into portions, and how many of them the two halves of its scratchpad hold. */
export interface Portions {
  /** Words of the operand, repeated ones included. */
  readonly words: number;
  /** Words of a portion: a hundredth of the scratchpad. */
  readonly size: number;
  /** Portions of the operand, the last of which may be short or empty. */
  readonly total: number;
  /** Portions in the half that serves the array. */
  readonly served: number;
  /** Portions that go from DRAM to the other half at a time; 0: all are served. */
  readonly filled: number;
}

/** Cuts an operand of `words` words for a scratchpad of `capacity` words. */
export function cutIntoPortions(words: number, capacity: number): Portions {
  const size = Math.ceil(capacity / 100);
  const total = Math.floor(words / size) + 1;
  const serving = Math.ceil(capacity / 2);
  const served = Math.min(total, Math.ceil(serving / size));
  const filled = Math.min(total - served, Math.ceil((capacity - serving) / size));
  return { words, size, total, served, filled };
}
