/** A named number; null while it is not known. */
export interface DescribedFigure {
  readonly name: string;
  readonly value: number | null;
}

/** What an algorithm makes of one decision: the options that it tells apart, and how probable each one is. */
export interface DescribedDecision {
  /** Unique in the description, such as `layers[0].width`. */
  readonly id: string;
  /** Id of the decision in the view; several described ones may share it, such as the picks of a multi-choice. */
  readonly node: string;
  /** The numbers of the genome that each option stands for. */
  readonly options: readonly (readonly number[])[];
  /** In the order of the options; they add up to 1. */
  readonly probabilities: readonly number[];
}

/** Decisions that belong together, such as those of an agent. */
export interface DescribedGroup {
  readonly name: string;
  readonly figures: readonly DescribedFigure[];
  readonly decisions: readonly DescribedDecision[];
}

/**
 * What an algorithm followed from epoch to epoch: a row for each, oldest first, with a number for each column; null where
 * it is not known. A long search keeps only some of its rows.
 */
export interface DescribedHistory {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

/** What an algorithm has learned, for people who watch: plain data without any value of a candidate. */
export interface AlgorithmDescription {
  readonly figures: readonly DescribedFigure[];
  readonly groups: readonly DescribedGroup[];
  /** Sentences about what it has decided. */
  readonly notes?: readonly string[];
  /** One sentence about what keeps the algorithm from learning; null when nothing does. */
  readonly warning: string | null;
  /** Absent: it follows nothing. */
  readonly history?: DescribedHistory;
}
