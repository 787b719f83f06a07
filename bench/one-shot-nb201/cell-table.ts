import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TableObjectives } from '../../evaluation/tables/table-objectives.js';
import type { TableObjective } from '../../evaluation/tables/table-objective.js';
import { nasBench201Operations } from '../../search-spaces/index.js';
import { nasBench201Table } from '../../searches/index.js';
import type { Cell } from './arm.js';

/** Test accuracies of all cells on CIFAR-10, in per cent, each trained alone for 200 epochs. */
export class CellTable {
  private constructor(private readonly objective: TableObjective) {}

  static async open(file: string): Promise<CellTable> {
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    const { description } = nasBench201Table(file, { epochs: 200 });
    const table = { kind: 'table', path: file, sha256, description, pure: true } as const;
    return new CellTable(await new TableObjectives().load(table));
  }

  accuracyOf(cell: Cell): number {
    const parameters = cell.map((operation) => nasBench201Operations[operation] ?? '');
    const answer = this.objective.answer({ parameters, context: {}, seed: '0' }, ['validation']);
    const accuracy = 'metrics' in answer ? answer.metrics['finalTest'] : undefined;
    if (accuracy === undefined) throw new Error(`The table has no cell ${cell.join('')}.`);
    return accuracy;
  }
}
