import { describe, expect, test } from 'vitest';
import {
  buildNetwork,
  graphDrawing,
  graphSummary,
  nasBench201Cell,
  parseNasBench201Cell,
} from '../../training/index.js';
import { layeredLayout } from '../../networks/network-graph/layered-layout.js';

describe('the drawing of a graph', () => {
  const cell = parseNasBench201Cell(
    '|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|',
  );
  const drawing = graphDrawing(nasBench201Cell(cell, [28, 28, 16]));

  test('shows each unit of a NAS-Bench-201 cell as one box', () => {
    // The input, six edges, two sums.
    expect(drawing.match(/<g>/g)).toHaveLength(9);
    // An arrow for each unit that another reads, and one for the end of the arrows themselves.
    expect(drawing.match(/marker-end/g)).toHaveLength(11);
    for (const text of [
      'convolution 3 × 3, 16 filters',
      'average pooling 3 × 3',
      'identity',
      'zero',
      '28 × 28 × 16',
    ]) {
      expect(drawing).toContain(`>${text}</text>`);
    }
  });

  test('needs nothing from outside', () => {
    expect(drawing).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
    expect(drawing.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|@import|<script/);
  });

  test('is the same each time', () => {
    expect(graphDrawing(nasBench201Cell(cell, [28, 28, 16]))).toBe(drawing);
  });
});

describe('the layout', () => {
  test('boxes of a layer do not overlap, and edges go down', () => {
    const boxes = Array.from({ length: 30 }, (_, i) => ({
      width: 40 + 13 * (i % 5),
      height: 20 + 7 * (i % 3),
      from:
        i === 0
          ? []
          : [...new Set([Math.floor(i / 2), Math.floor(i / 3), i - 1 - (i % 3)])].filter(
              (j) => j >= 0 && j < i,
            ),
    }));
    const { boxes: places, edges, width, height } = layeredLayout(boxes);
    places.forEach(({ x, y }, i) => {
      const box = boxes[i];
      if (box === undefined) throw new Error('A box is missing.');
      expect(x - box.width / 2).toBeGreaterThanOrEqual(-1e-9);
      expect(x + box.width / 2).toBeLessThanOrEqual(width + 1e-9);
      expect(y + box.height).toBeLessThanOrEqual(height + 1e-9);
      places.slice(0, i).forEach((other, j) => {
        const otherBox = boxes[j];
        if (otherBox === undefined) throw new Error('A box is missing.');
        const apart = Math.abs(x - other.x) >= (box.width + otherBox.width) / 2;
        const above = y >= other.y + otherBox.height || other.y >= y + box.height;
        expect(apart || above).toBe(true);
      });
    });
    for (const { points } of edges) {
      points.slice(1).forEach((point, i) => expect(point.y).toBeGreaterThanOrEqual(points[i]?.y ?? Infinity));
    }
  });
});

describe('the summary of a graph', () => {
  test('is a table with totals', () => {
    const graph = buildNetwork({
      builder: 'multilayerPerceptron',
      inputShape: [28, 28, 1],
      units: [100],
      classes: 10,
    });
    expect(graphSummary(graph)).toBe(
      [
        'node                operation         output       parameters  multiply-adds',
        '────────────────────────────────────────────────────────────────────────────',
        'input               input             28 × 28 × 1           0              0',
        'flatten             flatten           784                   0              0',
        'hidden1/dense       dense, 100 units  100              78,500         78,400',
        'hidden1/activation  relu              100                   0            100',
        'logits              dense, 10 units   10                1,010          1,000',
        '────────────────────────────────────────────────────────────────────────────',
        'total                                                  79,510         79,500',
        '',
      ].join('\n'),
    );
  });
});
