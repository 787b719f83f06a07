/** A node as its operation sees it. */
export interface OperationNode<Attributes> {
  readonly name: string;
  readonly op: string;
  /** Names of graph inputs or nodes, in the order in which the operation takes them. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}
