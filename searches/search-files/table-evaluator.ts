import type { Expression } from '../../search-spaces/index.js';
import type { TableDescription, TableKey, TableValue } from '../definition/table-description.js';

/** Evaluates by looking up a file of known results, inside the worker. */
export interface TableEvaluator {
  readonly kind: 'table';
  /** The file; relative to the search file that names it. */
  readonly path: string;
  /** SHA-256 of its bytes; without it the file is hashed when the search file is loaded. */
  readonly sha256?: string;
  readonly description: TableDescription;
  readonly pure: true;
}

/** What tables and surrogates have in common. */
export interface TableOptions {
  /** Where each metric is read: a column, an expression over the row, `{ mean: columns }`, `{ seeded: columns }`. */
  readonly metrics: Readonly<Record<string, TableValue>>;
  /** Declared cost of a trial, such as simulated training time. */
  readonly cost?: TableValue;
  /** Steps at which a trial reports its metrics, for early stopping; `['path', 'step']` reads the step. */
  readonly steps?: readonly number[];
  /** SHA-256 of the file; needed only in workflow code, which cannot read files. */
  readonly sha256?: string;
}

/**
 * An evaluator that answers from a table: CSV with a header line, or a JSON array of flat objects, either of them
 * gzipped or not. `key` finds the row of a point: what each key column has to hold, as expressions over `parameters`
 * and `context`. A point without a row, or with an empty cell where a metric should be, is infeasible.
 */
export function table(
  path: string,
  options: TableOptions & { readonly key: Readonly<Record<string, TableKey>> },
): TableEvaluator {
  const { key, ...rest } = options;
  return evaluatorOf(path, { kind: 'rows', key }, rest);
}

/**
 * An evaluator that answers from a surrogate: gradient-boosted trees in a JSON file, gzipped or not. Each output is the
 * base score plus one leaf of every tree; `inputs` gives a value to every feature, where a feature called `name=value`
 * is 1 when the input `name` has that value. The outputs are the columns that metrics and cost read.
 */
export function surrogate(
  path: string,
  options: TableOptions & { readonly inputs: Readonly<Record<string, Expression>> },
): TableEvaluator {
  const { inputs, ...rest } = options;
  return evaluatorOf(path, { kind: 'trees', inputs }, rest);
}

function evaluatorOf(
  path: string,
  source: TableDescription['source'],
  { sha256, ...values }: TableOptions,
): TableEvaluator {
  const description = { source, ...values };
  return { kind: 'table', path, ...(sha256 === undefined ? {} : { sha256 }), description, pure: true };
}

/** A value kept between two limits. */
export function clipped(column: string, least: number, most: number): TableValue {
  return ['max', least, ['min', most, ['path', `row[${JSON.stringify(column)}]`]]];
}
