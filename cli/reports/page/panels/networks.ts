/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import type { ReportNetwork } from '../../report-data.js';
import { choice, drawing, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { facts, panel, plainTable } from '../panel.js';
import { theme } from '../theme.js';

/** The network of a result and the accelerator it runs on; of a front, two of them side by side. */
export function networksPanel(context: PageContext): Panel {
  const chosen = [0, 1];
  const place = element('div', { class: 'pair' });
  const draw = (): void => {
    const { networks, trials } = context.model.data;
    const names = networks.map(
      ({ trial }, at) => `trial ${trials[trial]?.index ?? ''}${at === 0 ? ' (chosen)' : ''}`,
    );
    place.replaceChildren(
      ...chosen.slice(0, networks.length).flatMap((at, side) => {
        const network = networks[at];
        if (network === undefined) return [];
        return [
          element(
            'div',
            { class: 'network' },
            networks.length > 1
              ? choice('of', names, at, (next) => {
                  chosen[side] = next;
                  draw();
                })
              : null,
            networkPart(
              network,
              networks.map(({ accelerator }) => accelerator),
            ),
          ),
        ];
      }),
    );
  };
  const made = panel({
    id: 'network',
    title: 'Network and accelerator',
    caption:
      'The network from its input at the top to its output; the accelerator to scale, one square a processing element.',
    wide: true,
    content: [place],
  });
  return {
    element: made,
    refresh: () => {
      made.hidden = context.model.data.networks.length === 0;
      if (!made.hidden) draw();
    },
  };
}

function networkPart(network: ReportNetwork, all: readonly ReportNetwork['accelerator'][]): HTMLElement {
  const { accelerator } = network;
  // A picture of its own, so that the drawing's style sheet is kept to the drawing.
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(network.svg)}`;
  const hasCost = network.layers.some(({ cycles }) => cycles !== null);
  return element(
    'div',
    {},
    facts([
      ['parameters', grouped(network.parameters)],
      ['multiply-adds of one example', grouped(network.multiplyAdds)],
    ]),
    accelerator === null ? null : acceleratorPart(accelerator, all),
    element(
      'div',
      { class: 'drawing', tabindex: 0, role: 'group', 'aria-label': 'Drawing of the network' },
      element('img', { src: source, alt: 'The network graph, from the input at the top to the output' }),
    ),
    element(
      'details',
      {},
      element('summary', {}, `${network.layers.length} layers`),
      plainTable(
        {
          columns: [
            'node',
            'operation',
            'output',
            'parameters',
            'multiply-adds',
            ...(hasCost ? ['cycles', 'utilization (%)', 'DRAM words', 'energy (µJ)'] : []),
          ],
          rows: network.layers.map((layer) => [
            ...[
              layer.node,
              layer.operation,
              layer.output,
              grouped(layer.parameters),
              grouped(layer.multiplyAdds),
            ],
            ...(hasCost
              ? [
                  layer.cycles === null ? null : grouped(layer.cycles),
                  layer.utilization === null ? null : 100 * layer.utilization,
                  layer.words === null ? null : grouped(layer.words),
                  layer.energy,
                ]
              : []),
          ]),
        },
        'Layers',
      ),
    ),
  );
}

function acceleratorPart(
  accelerator: NonNullable<ReportNetwork['accelerator']>,
  all: readonly ReportNetwork['accelerator'][],
): HTMLElement {
  const largest = Math.max(...all.flatMap((each) => (each === null ? [] : [each.rows, each.columns])));
  const configuration = Object.entries(accelerator.configuration).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return element(
    'div',
    { class: 'accelerator' },
    arrayDrawing(accelerator, largest),
    element(
      'div',
      {},
      accelerator.problem === null ? null : element('p', { class: 'bad' }, accelerator.problem),
      facts([
        ...(accelerator.latency === null
          ? []
          : [['latency', `${formatNumber(accelerator.latency)} µs`] as const]),
        ...Object.entries(accelerator.energy).map(
          ([name, value]) => [`energy of ${name}`, `${formatNumber(value)} µJ`] as const,
        ),
        ['area', `${formatNumber(accelerator.area['total'] ?? 0)} mm²`],
        ...(accelerator.utilization === null
          ? []
          : [['utilization', `${(100 * accelerator.utilization).toFixed(1)} %`] as const]),
      ]),
      element('p', { class: 'muted' }, configuration.join(', ')),
    ),
  );
}

/** The array of processing elements, all arrays in the same scale, with the area of the scratchpads beside it. */
function arrayDrawing(
  { rows, columns, area }: NonNullable<ReportNetwork['accelerator']>,
  largest: number,
): SVGElement {
  const colours = theme();
  const cell = 150 / Math.max(1, largest);
  const [width, height] = [columns * cell, rows * cell];
  const share = (area['scratchpads'] ?? 0) / Math.max(1e-12, area['array'] ?? 0);
  // As wide as its area demands beside an array of that height.
  const beside = Math.min(120, Math.max(3, (share * width * height) / Math.max(1, height)));
  const total = width + 8 + beside;
  const lines = [
    ...Array.from({ length: Math.min(64, columns) + 1 }, (_unused, at) => [
      (at * width) / Math.min(64, columns),
      0,
      (at * width) / Math.min(64, columns),
      height,
    ]),
    ...Array.from({ length: Math.min(64, rows) + 1 }, (_unused, at) => [
      0,
      (at * height) / Math.min(64, rows),
      width,
      (at * height) / Math.min(64, rows),
    ]),
  ];
  return drawing(
    'svg',
    {
      width: total + 2,
      height: height + 20,
      viewBox: `-1 -1 ${total + 2} ${height + 20}`,
      role: 'img',
      'aria-label': `${rows} by ${columns} processing elements, and their scratchpads to scale`,
    },
    drawing('rect', { x: 0, y: 0, width, height, fill: colours.accent, opacity: 0.25 }),
    lines.map(([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) =>
      drawing('line', { x1, y1, x2, y2, stroke: colours.accent, 'stroke-width': 0.5 }),
    ),
    drawing('rect', { x: width + 8, y: 0, width: beside, height, fill: colours.front, opacity: 0.55 }),
    drawing('text', { x: 0, y: height + 14, 'font-size': 11, fill: colours.muted }, `${rows} × ${columns}`),
  );
}

/** A whole number with thin spaces between thousands. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
