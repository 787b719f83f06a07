import { setTimeout as delay } from 'node:timers/promises';
import { ClientError } from '../client/errors/index.js';
import type { JournalReader, JournalTrial } from '../client/index.js';
import { formatDuration, formatNumber } from './number-format.js';
import { parameterTexts } from './reports/parameter-text.js';
import { readTrialDetails, type TrialDetails } from './reports/trial-details.js';
import { textTable } from './text-table.js';

const lookMilliseconds = 500;

/** A trial with its record and the attempts at it. */
export interface FoundTrial {
  readonly trial: JournalTrial;
  /** Null while it has none. */
  readonly details: TrialDetails | null;
  readonly attempts: Awaited<ReturnType<JournalReader['attempts']>>;
}

/** Reads a trial. Throws `ClientError` when there is no journal of the search, or no such trial in it. */
export async function readTrial(reader: JournalReader, id: string, index: number): Promise<FoundTrial> {
  const reading = await reader.read(id);
  if (reading === null)
    throw new ClientError(
      'input',
      `There is no journal of a search "${id}" here: see --home, or "duramen list --all".`,
    );
  const trial = reading.summary.trials.find((each) => each.index === index);
  if (trial === undefined)
    throw new ClientError(
      'input',
      `Search "${id}" has no trial ${index}: "duramen trials ${id}" lists them.`,
    );
  return {
    trial,
    details: await readTrialDetails(reader, trial),
    attempts: await reader.attempts(id, index),
  };
}

/** Reads a trial, with `wait` once it has an outcome. */
export async function followTrial(
  reader: JournalReader,
  id: string,
  index: number,
  wait: boolean,
): Promise<FoundTrial> {
  for (;;) {
    const found = await readTrial(reader, id, index);
    if (!wait || found.trial.outcome !== null) return found;
    await delay(lookMilliseconds);
  }
}

/** All about a trial, as text for a terminal. */
export function trialText(id: string, { trial, details, attempts }: FoundTrial): string {
  const { outcome, source, proposedAt, toldAt, reused, inner, slice } = trial;
  const metrics = outcome?.kind === 'scored' || outcome?.kind === 'stopped' ? (outcome.metrics ?? {}) : {};
  const rows: (readonly string[])[] = [
    ['trial', `${id} / ${trial.index}`],
    ['outcome', reused ? `${outcomeText(outcome)} (reused)` : outcomeText(outcome)],
    ...Object.entries(metrics).map(([name, value]) => [name, formatNumber(value)]),
    ['proposed by', source],
    ...(proposedAt === null ? [] : [['proposed', new Date(proposedAt).toISOString()]]),
    ...(toldAt === null ? [] : [['told', new Date(toldAt).toISOString()]]),
    ...(inner === null ? [] : [['evaluated by', inner.search]]),
    ...(slice === null ? [] : [['part', slice.label ?? slice.kind]]),
    ...(details === null
      ? []
      : [['machine', `${details.host.processor}, ${details.host.platform}, Node ${details.host.node}`]]),
  ];
  const blocks = [textTable(rows), `parameters\n${indented(textTable(parameterTexts(trial.parameters)))}`];
  if (attempts.length > 0) {
    const lines = attempts.map(({ attempt, at, end, startedFrom }) => [
      `attempt ${attempt}`,
      at === null ? '' : new Date(at).toISOString(),
      startedFrom === null ? 'from the beginning' : `from step ${startedFrom}`,
      end === null
        ? outcome === null
          ? 'running'
          : 'lost with its worker'
        : `${end.kind} after ${formatDuration(end.milliseconds)}`,
    ]);
    blocks.push(indented(textTable(lines)));
  }
  if (details !== null) {
    const { attributes, artifacts, reports, stack } = details;
    const last = reports.at(-1);
    if (last !== undefined)
      blocks.push(
        `${reports.length} reports, the last at step ${last.step}: ${JSON.stringify(last.metrics)}`,
      );
    if (Object.keys(attributes).length > 0)
      blocks.push(`attributes\n${indented(JSON.stringify(attributes, null, 2))}`);
    if (Object.keys(artifacts).length > 0)
      blocks.push(`artifacts\n${indented(textTable(Object.entries(artifacts)))}`);
    if (stack !== null) blocks.push(stack);
  }
  return blocks.join('\n\n');
}

/** The log of a trial. Throws `ClientError` while it has none. */
export function logText(id: string, { trial, details }: FoundTrial): string {
  if (details === null) {
    const why =
      trial.outcome === null ? 'it has no outcome yet (--follow waits for it)' : 'it has no record here';
    throw new ClientError('input', `Trial ${trial.index} of "${id}" has no log: ${why}.`);
  }
  const { lines, dropped } = details.log;
  return [...(dropped > 0 ? [`… ${dropped} lines were dropped`] : []), ...lines].join('\n');
}

function outcomeText(outcome: JournalTrial['outcome']): string {
  switch (outcome?.kind) {
    case undefined:
      return 'open';
    case 'failed':
      return `failed (${outcome.class}): ${outcome.message}`;
    case 'infeasible':
      return `infeasible: ${outcome.reason}`;
    case 'stopped':
      return `stopped at step ${outcome.step}`;
    case 'scored':
    case 'cancelled':
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
