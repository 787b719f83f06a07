import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchLoop, SearchPhase } from '../searches/index.js';

const study = defineSearchAttributeKey('DuramenStudy', SearchAttributeType.KEYWORD);
const level = defineSearchAttributeKey('DuramenLevel', SearchAttributeType.KEYWORD);
const phaseKey = defineSearchAttributeKey('DuramenPhase', SearchAttributeType.KEYWORD);
const best = defineSearchAttributeKey('DuramenBest', SearchAttributeType.DOUBLE);
const trials = defineSearchAttributeKey('DuramenTrials', SearchAttributeType.INT);

/** Shortest time between two updates at trial events, in workflow time. */
const INTERVAL = 1_000;

/** What the Temporal UI shows of a search: search attributes, memo and current details. */
export class SearchDisplay {
  private last = -Infinity;
  private lastPhase: SearchPhase | null = null;
  private lastBest: number | null = null;

  /** `searchAttributes`: whether the cluster knows them; without them the details and the memo tell the story. */
  constructor(private readonly searchAttributes: boolean) {}

  /** Shows the search after an event: at once when the phase changed, else at most once a second. */
  show(loop: SearchLoop, phase: SearchPhase, now: number, final = false): void {
    if (phase === this.lastPhase && !final && now - this.last < INTERVAL) return;
    const firstOrChanged = phase !== this.lastPhase;
    this.last = now;
    this.lastPhase = phase;
    setCurrentDetails(detailsOf(loop, phase));
    const value = loop.report.bestValue();
    if (!this.searchAttributes) {
      if (firstOrChanged || final) upsertMemo(memoOf(loop, phase));
      return;
    }
    upsertSearchAttributes([
      ...(firstOrChanged
        ? [
            { key: study, value: loop.plan.definition.name },
            { key: level, value: loop.plan.level.name },
            { key: phaseKey, value: phase },
          ]
        : []),
      { key: trials, value: loop.report.completed },
      ...(value === null || value === this.lastBest ? [] : [{ key: best, value }]),
    ]);
    this.lastBest = value;
    if (firstOrChanged || final) upsertMemo(memoOf(loop, phase));
  }
}

function memoOf(loop: SearchLoop, phase: SearchPhase): Record<string, unknown> {
  return {
    study: loop.plan.definition.name,
    level: loop.plan.level.name,
    phase,
    trials: loop.report.completed,
    metric: loop.report.bestMetric(),
    best: loop.report.bestValue(),
    trajectoryHash: loop.trajectoryHash,
  };
}

/** Markdown for the tab "Current Details". */
function detailsOf(loop: SearchLoop, phase: SearchPhase): string {
  const progress = loop.report.progress(phase, 0);
  const [first] = loop.report.best();
  const { scored, infeasible, stopped, failed, cancelled } = progress.outcomes;
  const budget = progress.trialsBudget === null ? '' : ` of ${progress.trialsBudget}`;
  const lines = [
    `### ${loop.plan.search}: ${phase}`,
    ...(progress.message === null ? [] : [`**${progress.message}**`]),
    `- level **${progress.level}** of the study **${loop.plan.definition.name}**`,
    `- trials: **${progress.trials}**${budget} (${scored} scored, ${infeasible} infeasible, ${stopped} stopped, ` +
      `${failed} failed, ${cancelled} cancelled)`,
    `- running: ${progress.running.length === 0 ? 'none' : progress.running.join(', ')}`,
  ];
  if (first !== undefined) {
    const metrics = Object.entries(first.metrics).map(([name, value]) => `${name} = ${value}`);
    lines.push(`- best: trial **${first.index}**, ${metrics.join(', ')}`);
    lines.push(
      '',
      '```json',
      JSON.stringify({ [progress.level]: first.parameters, ...first.inner }, null, 2),
      '```',
    );
  }
  return lines.join('\n');
}
