import { describe, expect, test } from 'vitest';
import type { Cost, NasBench201Operation } from '../../training/index.js';
import {
  buildNetwork,
  GraphError,
  inferShapes,
  nasBench201Cost,
  nasBench201Operations,
  networkCost,
  parseNasBench201Cell,
} from '../../training/index.js';
import { readSharedTable, numberOf, textOf } from '../support/shared-table.js';
import { sharedDirectory } from '../support/shared.js';

const dataSets = [
  { name: 'c10', size: 32, classes: 10 },
  { name: 'c100', size: 32, classes: 100 },
  { name: 'in16', size: 16, classes: 120 },
];

function network(cell: readonly NasBench201Operation[] | string, size: number, classes: number) {
  return buildNetwork({ builder: 'nasBench201', cell, inputShape: [size, size, 3], classes });
}

describe.skipIf(sharedDirectory() === undefined)('the NAS-Bench-201 table', () => {
  test('parameters and multiply-adds of all 15,625 architectures on three data sets', () => {
    const rows = readSharedTable('nas/nb201.csv.gz');
    expect(rows).toHaveLength(15_625);
    let mismatches = 0;
    // A count does not depend on which edge an operation is on, so one network for each choice of six will do.
    const costs = new Map<string, Cost>();
    for (const row of rows) {
      const cell = parseNasBench201Cell(textOf(row, 'arch'));
      const digits = cell.map((operation) => nasBench201Operations.indexOf(operation));
      if (digits.join('') !== textOf(row, 'ops')) mismatches++;
      for (const { name, size, classes } of dataSets) {
        const key = `${name} ${[...digits].sort().join('')}`;
        const cost = costs.get(key) ?? nasBench201Cost(network(cell, size, classes));
        costs.set(key, cost);
        const expected = [numberOf(row, `${name}_mflops`), numberOf(row, `${name}_mparams`)];
        // The table has seven significant digits.
        const found = [cost.multiplyAdds, cost.parameters].map((count) =>
          Number((count / 1e6).toPrecision(7)),
        );
        if (found[0] !== expected[0] || found[1] !== expected[1]) mismatches++;
      }
    }
    expect(costs.size).toBe(3 * 210);
    expect(mismatches).toBe(0);
  });
});

describe('the network of NAS-Bench-201', () => {
  const cell = parseNasBench201Cell(
    '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|',
  );

  test('an architecture string lists the operations edge by edge', () => {
    expect(cell).toEqual(['nor_conv_3x3', 'none', 'skip_connect', 'avg_pool_3x3', 'none', 'nor_conv_1x1']);
  });

  test('the count does not depend on the edge that an operation is on', () => {
    const turned = [...cell].reverse();
    expect(nasBench201Cost(network(turned, 32, 10))).toEqual(nasBench201Cost(network(cell, 32, 10)));
  });

  test('general counts differ from the table only by its global pooling', () => {
    const graph = network(cell, 32, 10);
    const general = networkCost(graph);
    const table = nasBench201Cost(graph);
    expect(table.parameters).toBe(general.parameters);
    expect(table.multiplyAdds - general.multiplyAdds).toBe(64 * 17);
  });

  test('odd image sizes and other widths and depths fit', () => {
    const graph = buildNetwork({
      builder: 'nasBench201',
      cell,
      inputShape: [27, 25, 1],
      classes: 10,
      channels: 8,
      cellsPerStage: 2,
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('stage1/cell2/node3')).toEqual([27, 25, 8]);
    expect(shapes.get('stage2/cell2/node3')).toEqual([14, 13, 16]);
    expect(shapes.get('stage3/cell2/node3')).toEqual([7, 7, 32]);
    expect(shapes.get('logits')).toEqual([10]);
  });

  test.each([
    ['|nor_conv_3x3~0|+|none~0|skip_connect~1|', 'not an architecture string'],
    ['|nor_conv_3x3~1|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|none~2|', 'not an architecture string'],
    ['|nor_conv_9x9~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|none~2|', 'not an architecture string'],
  ])('the cell %s is refused', (text, message) => {
    expect(() => network(text, 32, 10)).toThrow(GraphError);
    expect(() => network(text, 32, 10)).toThrow(message);
  });

  test('a list of five operations is refused', () => {
    expect(() => network(cell.slice(1), 32, 10)).toThrow(
      'nasBench201: the parameter "cell" must be an architecture string or a list of six operations',
    );
  });
});
