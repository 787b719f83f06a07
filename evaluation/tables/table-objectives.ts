import type { Evaluator } from '../../searches/definition/index.js';
import { readTableFile } from './table-file.js';
import { TableObjective } from './table-objective.js';
import { TableRows } from './table-rows.js';
import { TableTrees } from './table-trees.js';

type Table = Extract<Evaluator, { kind: 'table' }>;

const remembered = 8;

/** Tables in memory: each file is read once, and shared by all searches that ask it. */
export class TableObjectives {
  private readonly objectives = new WeakMap<Table, TableObjective>();
  private readonly files = new Map<string, Promise<TableRows | TableTrees>>();

  /** The table if it has been loaded. */
  cached(table: Table): TableObjective | undefined {
    return this.objectives.get(table);
  }

  /** Loads a table; throws `EvaluationError` (BadInput), after which it may be tried again. */
  async load(table: Table): Promise<TableObjective> {
    const objective = new TableObjective(table.description, await this.read(table));
    this.objectives.set(table, objective);
    return objective;
  }

  private async read({ path, sha256, description }: Table): Promise<TableRows | TableTrees> {
    const { kind } = description.source;
    const key = `${kind} ${sha256}`;
    let reading = this.files.get(key);
    if (reading === undefined) {
      reading = readTableFile(path, sha256).then((text) =>
        kind === 'rows' ? TableRows.parse(path, text) : TableTrees.parse(path, text),
      );
      const oldest = this.files.keys().next();
      if (this.files.size >= remembered && oldest.done !== true) this.files.delete(oldest.value);
      this.files.set(key, reading);
      reading.catch(() => this.files.delete(key));
    }
    return reading;
  }
}
