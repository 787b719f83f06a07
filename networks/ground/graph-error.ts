/** A network that cannot be built: one sentence that names the node, or the parameter of a builder. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  /** The failure class of an evaluation that meets the error. */
  readonly failureClass = 'InvalidArchitecture';

  constructor(
    /** Where: a node such as `node "stem"`, a builder, or empty for the graph as a whole. */
    readonly place: string,
    sentence: string,
  ) {
    super(place === '' ? sentence : `${place}: ${sentence}`);
  }
}

/** The place of a node in messages. */
export function nodePlace(name: string): string {
  return `node ${JSON.stringify(name)}`;
}

/** A shape in messages: `28 × 28 × 1`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single number' : shape.join(' × ');
}
