/** What the page's program is given: the trials of each level with their metrics. */
export interface ChartData {
  readonly levels: readonly ChartLevel[];
}

export interface ChartLevel {
  readonly name: string;
  readonly metrics: readonly ChartMetric[];
  /** Search by search, each in the order of its trials. */
  readonly trials: readonly ChartTrial[];
}

export interface ChartMetric {
  readonly name: string;
  readonly goal: 'maximize' | 'minimize' | 'observe';
  readonly atMost: number | null;
  readonly atLeast: number | null;
}

export interface ChartTrial {
  readonly label: string;
  /** Parameters, or why there is no score. */
  readonly text: string;
  /** In the order of the level's metrics; null where the trial has none. */
  readonly values: readonly (number | null)[];
}
