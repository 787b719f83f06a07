/** The data of the page's program: the trials of each level with their metrics, and what algorithms followed. */
export interface ChartData {
  readonly levels: readonly ChartLevel[];
  /** In the order of the searches whose algorithms are shown; null where one followed nothing. */
  readonly histories: readonly (ChartHistory | null)[];
}

/** Numbers of epochs: a row for each, which begins with its number. */
export interface ChartHistory {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

/** A level of the search, with the trials of all its searches. */
export interface ChartLevel {
  readonly name: string;
  readonly metrics: readonly ChartMetric[];
  /** Search by search, each in the order of its trials. */
  readonly trials: readonly ChartTrial[];
}

/** A metric with its goal and limits; null where it has no limit. */
export interface ChartMetric {
  readonly name: string;
  readonly goal: 'maximize' | 'minimize' | 'observe';
  readonly atMost: number | null;
  readonly atLeast: number | null;
}

/** A trial as a point of the plots. */
export interface ChartTrial {
  readonly label: string;
  /** Parameters, or why there is no score. */
  readonly text: string;
  /** In the order of the level's metrics; null where the trial has none. */
  readonly values: readonly (number | null)[];
}
