/// <reference lib="dom" />
import { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  ParallelComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsCoreOption, type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { element } from './dom.js';
import { onThemeChange, theme, type Theme, wantsStillness } from './theme.js';

use([
  ...[BarChart, CustomChart, LineChart, ParallelChart, ScatterChart],
  ...[AriaComponent, DataZoomInsideComponent, GridComponent, MarkAreaComponent, MarkLineComponent],
  ...[ParallelComponent, TooltipComponent, CanvasRenderer],
]);

/** Above so many marks they are drawn as one. */
export const largeScatter = 2000;

/** So many of some values at most, evenly spread. */
export function evenly<T>(values: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, values.length / most);
  return values.filter((_value, at) => Math.floor(at / step) > Math.floor((at - 1) / step));
}

/** A point of a drawing that stands for a trial. */
export interface ChartPoint {
  readonly series: number;
  readonly at: number;
  /** Place of the trial in the report. */
  readonly trial: number;
}

export interface ChartContent {
  /** What is to be seen, for readers who cannot see it. */
  readonly label: string;
  readonly height?: number;
  /** The drawing in the colours of a theme. */
  readonly option: (theme: Theme) => EChartsCoreOption;
  /** The points that arrow keys go along. */
  readonly points?: () => readonly ChartPoint[];
  /** A reader chose a point. */
  readonly opened?: (trial: number) => void;
  /** Gets the chart once it is there. */
  readonly ready?: (chart: EChartsType) => void;
}

/** A drawing that follows its place's size and the theme, and can be walked through with arrow keys. */
export class Chart {
  readonly element: HTMLElement;
  private chart: EChartsType | null = null;
  private walked = -1;

  constructor(private readonly content: ChartContent) {
    this.element = element('div', {
      class: 'chart',
      style: `height:${content.height ?? 320}px`,
      role: 'img',
      'aria-label': content.label,
      ...(content.points === undefined ? {} : { tabindex: 0 }),
    });
    // A chart measures its place, so it is made once the place is on the screen, and only drawn when it comes in sight.
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        seen.disconnect();
        this.begin();
      },
      { rootMargin: '400px' },
    );
    seen.observe(this.element);
    addEventListener('beforeprint', () => this.begin());
    new ResizeObserver(() => this.chart?.resize()).observe(this.element);
    onThemeChange(() => this.draw());
    this.element.addEventListener('keydown', (event) => this.walk(event));
    this.element.addEventListener('blur', () => this.chart?.dispatchAction({ type: 'hideTip' }));
  }

  /** Draws anew, because what it shows has changed. */
  draw(): void {
    this.chart?.setOption(
      { ...this.common(), ...this.content.option(theme()) },
      { replaceMerge: ['series', 'xAxis', 'yAxis', 'grid'] },
    );
  }

  /** Takes the brushed areas of parallel axes away. */
  forgetBrushes(axes: number): void {
    for (let at = 0; at < axes; at += 1)
      this.chart?.dispatchAction({ type: 'axisAreaSelect', parallelAxisId: String(at), intervals: [] });
  }

  private begin(): void {
    if (this.chart !== null || this.element.clientWidth === 0) return;
    this.chart = init(this.element, null, { renderer: 'canvas' });
    this.chart.on('click', (event) => {
      const { seriesIndex, dataIndex } = event;
      const point = this.content
        .points?.()
        .find(({ series, at }) => series === seriesIndex && at === dataIndex);
      if (point !== undefined) this.content.opened?.(point.trial);
    });
    this.draw();
    this.content.ready?.(this.chart);
  }

  private common(): EChartsCoreOption {
    const { muted } = theme();
    return {
      animation: !wantsStillness() && this.element.dataset['still'] !== 'yes',
      animationDuration: 250,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: muted },
      aria: { enabled: false },
    };
  }

  private walk(event: KeyboardEvent): void {
    const points = this.content.points?.() ?? [];
    if (points.length === 0) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.walked = (this.walked + step + points.length) % points.length;
      const point = points[this.walked];
      this.chart?.dispatchAction({ type: 'showTip', seriesIndex: point?.series, dataIndex: point?.at });
    } else if (event.key === 'Enter' || event.key === ' ') {
      const point = points[this.walked];
      if (point === undefined) return;
      event.preventDefault();
      this.content.opened?.(point.trial);
    }
  }
}

/** Lines of a tip, the first in bold; texts, never markup. */
export function tip(lines: readonly string[]): HTMLElement {
  const [first = '', ...rest] = lines;
  return element(
    'div',
    { class: 'tip' },
    element('b', {}, first),
    rest.map((line) => element('div', {}, line)),
  );
}

/** How tips look. */
export function tipStyle(colours: Theme): EChartsCoreOption {
  return {
    backgroundColor: colours.card,
    borderColor: colours.line,
    textStyle: { color: colours.text, fontSize: 12.5 },
    confine: true,
    transitionDuration: 0,
  };
}

/** An axis of numbers. */
export function axis(colours: Theme, name: string, more: EChartsCoreOption = {}): EChartsCoreOption {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameTextStyle: { color: colours.muted },
    scale: true,
    axisLine: { show: true, lineStyle: { color: colours.line } },
    axisTick: { lineStyle: { color: colours.line } },
    axisLabel: { color: colours.muted, hideOverlap: true, formatter: axisText },
    splitLine: { lineStyle: { color: colours.faint } },
    ...more,
  };
}

/** Whether values span so much that a linear axis would draw the small ones as one. */
export function wantsLog(values: readonly (number | null)[]): boolean {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least > 0 && most / least > 100;
}

/** A number beside an axis: `12 k`, `0.05`, `1e-5`. */
export function axisText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e9) return `${short(value / 1e9)} G`;
  if (magnitude >= 1e6) return `${short(value / 1e6)} M`;
  if (magnitude >= 1e4) return `${short(value / 1e3)} k`;
  if (value !== 0 && magnitude < 1e-3) return value.toExponential(0);
  return short(value);
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
