/** A configuration, metric list or space that an algorithm cannot work with. */
export class AlgorithmError extends Error {
  override readonly name = 'AlgorithmError';
}
