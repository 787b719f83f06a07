import type { Metrics } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  evaluateExpression,
  type Expression,
  isList,
  pathsOf,
  pathSteps,
} from '../../search-spaces/expressions/index.js';
import { deepEqual, SpaceError } from '../../search-spaces/ground/index.js';
import type { TableDescription, TableKey, TableValue } from '../../searches/definition/index.js';
import { badTable } from './table-file.js';
import { TableRows } from './table-rows.js';
import type { KeyCell } from './table-rows.js';
import type { TableTrees } from './table-trees.js';

/** The point for which a table answers, and how far. */
export interface TableQuestion {
  readonly parameters: Json;
  /** Parameters of the outer levels by name. */
  readonly context: Json;
  /** The trial's seed, hexadecimal digits: it chooses among columns. */
  readonly seed: string;
  /** The step to end at instead of the last one. */
  readonly until?: number;
  /** The best inner trial, in a measure. */
  readonly inner?: Json;
}

/** An answer, in the form in which an evaluate function returns it. */
export type TableAnswer =
  { readonly metrics: Metrics; readonly cost?: number } | { readonly infeasible: string };

/** Takes the metrics of each step, and decides when the table should stop. */
export interface StepReports {
  add(step: number, metrics: Metrics): void;
  shouldStop(): boolean;
}

type ExpressionArray = Extract<Expression, readonly unknown[]>;

/** A number of a point, null where it was not measured. */
type Reading = (point: PointRow) => number | null;

/** A point with its row: cells by column, null where nothing was measured. */
interface PointRow {
  readonly scope: Readonly<Record<string, Json>>;
  readonly seed: string;
  readonly cell: (column: string) => string | number | null;
}

/** A table or surrogate in memory together with how it answers. */
export class TableObjective {
  private readonly metrics: readonly (readonly [name: string, reading: Reading])[];
  private readonly cost: Reading | null;
  private readonly find: (scope: Readonly<Record<string, Json>>) => PointRow['cell'] | string;

  /** Throws `EvaluationError` (BadInput) when the description asks for what the file has not. */
  constructor(
    private readonly description: TableDescription,
    private readonly data: TableRows | TableTrees,
  ) {
    this.find = this.finder();
    this.metrics = Object.entries(description.metrics).map(([name, value]) => [name, this.reading(value)]);
    this.cost = description.cost === undefined ? null : this.reading(description.cost);
  }

  /**
   * Answers for a point. `needed` are the metrics without which it is infeasible. With `steps` in the description the
   * table gives the metrics of every step to `reports`, until these ask it to stop.
   */
  answer(question: TableQuestion, needed: readonly string[], reports?: StepReports): TableAnswer {
    const { steps } = this.description;
    if (steps === undefined) return this.at(question, needed, undefined);
    const { until } = question;
    const taken = until === undefined ? steps : [...steps.filter((step) => step < until), until];
    let last: TableAnswer = { infeasible: `${this.data.path} has no step.` };
    for (const step of taken) {
      last = this.at(question, needed, step);
      if ('infeasible' in last) break;
      reports?.add(step, last.metrics);
      if (reports?.shouldStop() === true) break;
    }
    return last;
  }

  private at(question: TableQuestion, needed: readonly string[], step: number | undefined): TableAnswer {
    const { parameters, context, inner, seed } = question;
    const scope = {
      parameters,
      context,
      ...(step === undefined ? {} : { step }),
      ...(inner === undefined ? {} : { inner }),
    };
    const cell = this.find(scope);
    if (typeof cell === 'string') return { infeasible: cell };
    const point: PointRow = { scope, seed, cell };
    const metrics: Record<string, number> = {};
    for (const [name, reading] of this.metrics) {
      const value = reading(point);
      if (value !== null) metrics[name] = value;
      else if (needed.includes(name)) return { infeasible: `"${name}" was not measured for this point.` };
    }
    if (this.cost === null) return { metrics };
    const cost = this.cost(point);
    return cost === null ? { infeasible: 'the cost of this point was not measured.' } : { metrics, cost };
  }

  /** How a point's row is found: its cells, or the reason why there is none. */
  private finder(): (scope: Readonly<Record<string, Json>>) => PointRow['cell'] | string {
    const { data } = this;
    const { source } = this.description;
    if (source.kind === 'rows') {
      if (!(data instanceof TableRows)) throw badTable(`${data.path} is a surrogate, not a table of rows.`);
      const parts = Object.entries(source.key);
      for (const [column] of parts) this.requireColumn(column);
      return (scope) => {
        const key = parts.map(([column, part]): KeyCell => [column, keyValue(part, scope, column)]);
        const row = data.find(key);
        if (row === null) {
          const wanted = key.map(([column, value]) => `${column} = ${JSON.stringify(value)}`).join(', ');
          return `the table has no row with ${wanted}.`;
        }
        return (column) => emptyAsNull(data.cell(column, row));
      };
    }
    if (data instanceof TableRows) throw badTable(`${data.path} is a table of rows, not a surrogate.`);
    const inputs = Object.entries(source.inputs);
    const missing = [...data.inputs].find((input) => !Object.hasOwn(source.inputs, input));
    if (missing !== undefined) throw badTable(`The surrogate ${data.path} needs the input "${missing}".`);
    const unknown = inputs.find(([input]) => !data.inputs.has(input));
    if (unknown !== undefined) {
      throw badTable(
        `The surrogate ${data.path} has no input "${unknown[0]}" (it has ${[...data.inputs].join(', ')}).`,
      );
    }
    return (scope) => {
      const values = inputs.map(([input, value]) => [input, valueOf(value, scope, input)] as const);
      const vector = data.vector(Object.fromEntries(values));
      return (column) => data.predict(column, vector);
    };
  }

  private reading(value: TableValue): Reading {
    if (typeof value === 'number') return () => value;
    if (typeof value === 'string') {
      this.requireColumn(value);
      return ({ cell }) => this.number(value, cell(value));
    }
    if ('mean' in value) {
      for (const column of value.mean) this.requireColumn(column);
      return ({ cell }) => {
        const measured = this.measured(value.mean, cell);
        if (measured.length === 0) return null;
        return measured.reduce((sum, one) => sum + one, 0) / measured.length;
      };
    }
    if ('seeded' in value) {
      for (const column of value.seeded) this.requireColumn(column);
      return ({ cell, seed }) => {
        const measured = this.measured(value.seeded, cell);
        if (measured.length === 0) return null;
        return measured[Number(BigInt(`0x${seed}`) % BigInt(measured.length))] ?? null;
      };
    }
    return this.expression(value);
  }

  private expression(expression: Expression): Reading {
    const columns = pathsOf(expression).flatMap((path) => {
      const [root, column] = pathSteps(path) ?? [];
      return root === 'row' && column !== undefined ? [String(column)] : [];
    });
    for (const column of columns) this.requireColumn(column);
    return ({ scope, cell }) => {
      const row: Record<string, Json> = {};
      for (const column of columns) {
        const found = cell(column);
        if (found !== null) row[column] = isNumberText(found) ? Number(found) : found;
      }
      const unmeasured = columns.some((column) => !Object.hasOwn(row, column));
      const result = valueOf(expression, { ...scope, row }, 'a value', unmeasured);
      if (result === null) return null;
      if (typeof result === 'number') return result;
      throw badTable(
        `An expression over ${this.data.path} gives ${JSON.stringify(result)} instead of a number.`,
      );
    };
  }

  private measured(columns: readonly string[], cell: PointRow['cell']): readonly number[] {
    return columns.flatMap((column) => this.number(column, cell(column)) ?? []);
  }

  private number(column: string, cell: string | number | null): number | null {
    if (cell === null || typeof cell === 'number') return cell;
    if (isNumberText(cell)) return Number(cell);
    // A training that diverged is an outcome of its own.
    if (/^[-+]?(nan|inf(inity)?)$/i.test(cell)) return NaN;
    throw badTable(`The table ${this.data.path} has "${cell}" in column "${column}", which is no number.`);
  }

  private requireColumn(column: string): void {
    const { columns } = this.data;
    if (columns.includes(column)) return;
    const known = columns.length > 12 ? `${columns.slice(0, 12).join(', ')}, …` : columns.join(', ');
    throw badTable(`The table ${this.data.path} has no column "${column}" (it has ${known}).`);
  }
}

function keyValue(key: TableKey, scope: Readonly<Record<string, Json>>, column: string): Json {
  if (typeof key !== 'object' || key === null) return key;
  // Every array has a method called join.
  if (isExpressionArray(key)) return valueOf(key, scope, column);
  if ('join' in key) {
    return key.join.map((part) => textOf(keyValue(part, scope, column))).join(key.separator ?? '');
  }
  const value = valueOf(key.positions, scope, column);
  return (isList(value) ? value : [value])
    .map((one) => {
      const position = key.among.findIndex((candidate) => deepEqual(candidate, one));
      if (position >= 0) return String(position);
      const known = key.among.map((candidate) => JSON.stringify(candidate)).join(', ');
      throw badTable(`The key column "${column}" has no position for ${JSON.stringify(one)} among ${known}.`);
    })
    .join('');
}

function isExpressionArray(key: Exclude<TableKey, null | boolean | number | string>): key is ExpressionArray {
  return Array.isArray(key);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value of an expression; null where it reads a cell that was not measured. */
function valueOf(
  expression: Expression,
  scope: Readonly<Record<string, Json>>,
  what: string,
  unmeasured = false,
): Json {
  try {
    return evaluateExpression(expression, scope);
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error;
    if (unmeasured && error.code === 'unresolved_reference') return null;
    throw badTable(`The expression of "${what}" cannot be computed: ${error.message}`);
  }
}

function emptyAsNull(cell: string): string | null {
  return cell === '' ? null : cell;
}

function isNumberText(cell: string | number): boolean {
  return typeof cell === 'number' || /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(cell);
}
