/** A categorical choice of one agent: its logits are `of` numbers from `offset` on. */
export interface Head {
  readonly id: string;
  /** The id of the decision in the view: picks of a multi-choice, and elements below several lengths, share it. */
  readonly node: string;
  readonly agent: number;
  readonly offset: number;
  readonly of: number;
  /** The head above and its option under which this one is active; −1: always active. */
  readonly parent: number;
  readonly parentOption: number;
  /** The numbers of the genome that each option stands for. */
  readonly options: readonly (readonly number[])[];
  /** Relative frequencies before anything was learned; null: uniform. */
  readonly weights: readonly number[] | null;
}
