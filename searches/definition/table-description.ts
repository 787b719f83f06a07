import { type Expression, type Operator, pathSteps } from '../../search-spaces/expressions/index.js';
import { parseExpression, pathsOf } from '../../search-spaces/expressions/index.js';
import type { Scalar } from '../../search-spaces/language/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import type { DefinitionReader } from './definition-reader.js';

/**
 * How a file answers for trials. Expressions read a scope of `parameters` (of the trial), `context` (of the outer
 * levels, by name), `step` (where `steps` are given) and, in a measure, `inner` (`parameters` by level and `metrics`).
 */
export interface TableDescription {
  readonly source: TableSource;
  /** Where each metric is read. */
  readonly metrics: Readonly<Record<string, TableValue>>;
  /** Declared cost of a trial, such as simulated training time: the budget counts it, no trial waits for it. */
  readonly cost?: TableValue;
  /** Steps at which a trial reports its metrics, ascending; a trial without `until` ends at the last one. */
  readonly steps?: readonly number[];
}

/** What is in the file, and how a point is found in it. */
export type TableSource =
  /** Rows of cells (CSV, or a JSON array of flat objects); what each key column has to hold. */
  | { readonly kind: 'rows'; readonly key: Readonly<Record<string, TableKey>> }
  /** Gradient-boosted trees as plain arrays (JSON): every input by name; the outputs are the columns of one row. */
  | { readonly kind: 'trees'; readonly inputs: Readonly<Record<string, Expression>> };

/**
 * What a key column holds: the value of an expression; the position of a value in a list, or those of each of several
 * values in a row; or several of these in a row.
 */
export type TableKey =
  | Expression
  | { readonly positions: Expression; readonly among: readonly Scalar[] }
  | { readonly join: readonly TableKey[]; readonly separator?: string };

/**
 * A number of a row: the name of its column, a constant, an expression whose scope also has `row` (cells by column), the
 * mean of several columns, or one of them chosen by the trial's seed. Empty cells were not measured: `mean` and `seeded`
 * pass over them.
 */
export type TableValue =
  | string
  | number
  | readonly [Operator, ...Expression[]]
  | { readonly mean: readonly string[] }
  | { readonly seeded: readonly string[] };

const pointScope = ['parameters', 'context', 'step', 'inner'];

/** Checks the description of a table. */
export function readTableDescription(reader: DefinitionReader): TableDescription {
  reader.members(['source', 'metrics', 'cost', 'steps']);
  const metrics = reader.at('metrics');
  const names = Object.keys(metrics.members());
  if (names.length === 0) metrics.refuse('name at least one metric and where it is read.');
  const cost = reader.optional('cost', readValue);
  const steps = reader.optional('steps', readSteps);
  return {
    source: readSource(reader.at('source')),
    metrics: Object.fromEntries(names.map((name) => [name, readValue(metrics.at(name))])),
    ...(cost === undefined ? {} : { cost }),
    ...(steps === undefined ? {} : { steps }),
  };
}

function readSource(reader: DefinitionReader): TableSource {
  const kind = reader.at('kind').oneOf(['rows', 'trees']);
  switch (kind) {
    case 'rows': {
      reader.members(['kind', 'key']);
      return { kind, key: readRecord(reader.at('key'), 'key column', readKey) };
    }
    case 'trees': {
      reader.members(['kind', 'inputs']);
      return { kind, inputs: readRecord(reader.at('inputs'), 'input', readPointExpression) };
    }
    default: {
      const never: never = kind;
      return never;
    }
  }
}

function readRecord<T>(
  reader: DefinitionReader,
  what: string,
  read: (member: DefinitionReader) => T,
): Readonly<Record<string, T>> {
  const names = Object.keys(reader.members());
  if (names.length === 0) reader.refuse(`name at least one ${what}.`);
  return Object.fromEntries(names.map((name) => [name, read(reader.at(name))]));
}

function readKey(reader: DefinitionReader): TableKey {
  if (!isPlainObject(reader.value)) return readPointExpression(reader);
  if ('join' in reader.value) {
    reader.members(['join', 'separator']);
    const separator = reader.optional('separator', (text) => text.text());
    const join = reader.at('join').elements().map(readKey);
    return { join, ...(separator === undefined ? {} : { separator }) };
  }
  reader.members(['positions', 'among']);
  const among = reader
    .at('among')
    .elements()
    .map((element) => readScalar(element));
  if (among.length === 0) reader.at('among').refuse('must have at least one value.');
  return { positions: readPointExpression(reader.at('positions')), among };
}

function readScalar(reader: DefinitionReader): Scalar {
  const { value } = reader;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return reader.finiteNumber();
}

function readValue(reader: DefinitionReader): TableValue {
  const { value } = reader;
  if (typeof value === 'string') return reader.nonEmptyText();
  if (typeof value === 'number') return reader.finiteNumber();
  if (isPlainObject(value)) {
    if ('mean' in value) {
      reader.members(['mean']);
      return { mean: readColumns(reader.at('mean')) };
    }
    reader.members(['seeded']);
    return { seeded: readColumns(reader.at('seeded')) };
  }
  const expression = readExpression(reader, [...pointScope, 'row']);
  if (expression === null || typeof expression !== 'object') {
    return reader.refuse('must be a column, a number, an expression, { mean: […] } or { seeded: […] }.');
  }
  return expression;
}

function readColumns(reader: DefinitionReader): readonly string[] {
  const columns = reader.elements().map((column) => column.nonEmptyText());
  if (columns.length === 0) reader.refuse('must name at least one column.');
  return columns;
}

function readSteps(reader: DefinitionReader): readonly number[] {
  const steps: number[] = [];
  for (const element of reader.elements()) steps.push(element.wholeNumber((steps.at(-1) ?? -1) + 1));
  if (steps.length === 0) reader.refuse('must have at least one step.');
  return steps;
}

function readPointExpression(reader: DefinitionReader): Expression {
  return readExpression(reader, pointScope);
}

/** An expression whose paths begin with one of these names. */
function readExpression(reader: DefinitionReader, roots: readonly string[]): Expression {
  let expression: Expression;
  try {
    expression = parseExpression(reader.value);
  } catch (error) {
    if (error instanceof SpaceError) reader.refuse(error.message);
    throw error;
  }
  for (const path of pathsOf(expression)) {
    const root = pathSteps(path)?.[0];
    if (typeof root !== 'string' || !roots.includes(root)) {
      reader.refuse(`the path "${path}" has to begin with one of ${roots.join(', ')}.`);
    }
  }
  return expression;
}
