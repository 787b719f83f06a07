/// <reference lib="dom" />

/** Colours of the drawings, as the style sheet has them for the reader's light or dark theme. */
export interface Theme {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly card: string;
  readonly point: string;
  readonly accent: string;
  readonly front: string;
  readonly bad: string;
  readonly warn: string;
  readonly good: string;
  readonly faint: string;
  /** For values from the worst to the best. */
  readonly scale: readonly string[];
}

export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour('text'),
    muted: colour('muted'),
    line: colour('line'),
    card: colour('card'),
    point: colour('point'),
    accent: colour('accent'),
    front: colour('front'),
    bad: colour('bad'),
    warn: colour('warn'),
    good: colour('good'),
    faint: colour('faint'),
    scale: ['scale-1', 'scale-2', 'scale-3', 'scale-4', 'scale-5'].map(colour),
  };
}

/** Calls back whenever the reader's system turns light or dark, or the page is about to be printed. */
export function onThemeChange(changed: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

export const wantsStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The colour between those of a scale at a share from 0 to 1. */
export function scaled(scale: readonly string[], share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const low = Math.floor(place);
  const [from, to] = [channels(scale[low] ?? '#888888'), channels(scale[low + 1] ?? scale[low] ?? '#888888')];
  const mixed = from.map((channel, at) =>
    Math.round(channel + ((to[at] ?? channel) - channel) * (place - low)),
  );
  return `rgb(${mixed.join(',')})`;
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
