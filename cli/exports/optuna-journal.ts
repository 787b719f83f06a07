import type { ReportColumn, ReportCurve, ReportData, ReportTrial } from '../reports/report-data.js';

/** Numbers of the operations of Optuna's journal (`JournalOperation` of optuna.storages.journal, Optuna 5). */
const operation = {
  createStudy: 0,
  studyAttribute: 2,
  createTrial: 4,
  setState: 6,
  intermediateValue: 7,
} as const;

/** Numbers of `StudyDirection` and of `TrialState`. */
const direction = { minimize: 1, maximize: 2 } as const;
const trialState = { running: 0, complete: 1, pruned: 2, failed: 3 } as const;

/**
 * A search and those inside it as a journal that Optuna's `JournalStorage` reads: a study for each search, under its
 * id. A trial has the parameters that are active in it. A limit of a metric is a constraint. Ends with a line feed.
 */
export function optunaJournal(data: ReportData): string {
  const curves = new Map(data.curves.map((curve) => [curve.trial, curve]));
  const lines: object[] = [];
  let trials = 0;
  for (const [study, search] of data.searches.entries()) {
    const level = data.levels[search.level];
    if (level === undefined) continue;
    const deciding = level.metrics.flatMap(({ goal }) => (goal === 'observe' ? [] : [direction[goal]]));
    lines.push({ op_code: operation.createStudy, study_name: search.id, directions: deciding });
    const names = level.metrics.filter(({ goal }) => goal !== 'observe').map(({ name }) => name);
    const attribute = { op_code: operation.studyAttribute, study_id: study };
    // The key by which Optuna's plots name the objectives is a system attribute; the dashboard shows user attributes.
    lines.push({ ...attribute, user_attr: { 'duramen:metrics': names } });
    const distributions = new Map(
      level.columns.map((column) => [column, JSON.stringify(distributionOf(column))]),
    );
    for (const [place, trial] of data.trials.entries()) {
      if (trial.search !== study) continue;
      lines.push(...trialLines(data, study, trial, trials, curves.get(place) ?? null, distributions));
      trials += 1;
    }
  }
  return lines.map((line) => `${JSON.stringify({ worker_id: 'duramen', ...line })}\n`).join('');
}

/** One operation for a whole trial; with reports the trial is opened, gets them, and is closed by a last one. */
function trialLines(
  data: ReportData,
  study: number,
  trial: ReportTrial,
  id: number,
  curve: ReportCurve | null,
  distributions: ReadonlyMap<ReportColumn, string>,
): readonly object[] {
  const level = data.levels[data.searches[study]?.level ?? 0];
  const metrics = level?.metrics ?? [];
  const columns = (level?.columns ?? []).flatMap((column, at) => {
    const value = trial.choices[at] ?? null;
    return value === null ? [] : [{ column, value }];
  });
  const deciding = metrics.flatMap(({ goal }, at) => (goal === 'observe' ? [] : [trial.values[at] ?? null]));
  const isComplete = trial.state === 'scored' && deciding.every((value) => value !== null);
  const state = isComplete ? trialState.complete : stateOf(trial);
  const values = isComplete ? deciding : null;
  const reported = reportsOf(curve, metrics[0]?.name);
  const start = dateText(trial.proposedAt ?? data.span?.first ?? 0);
  const end = dateText(trial.toldAt ?? data.span?.last ?? 0);
  const finished = state !== trialState.running;
  const whole = finished && reported.length === 0;
  const opening = {
    op_code: operation.createTrial,
    study_id: study,
    state: whole ? state : trialState.running,
    value: whole && values?.length === 1 ? (values[0] ?? null) : null,
    values: whole && values !== null && values.length > 1 ? values : null,
    datetime_start: start,
    ...(whole ? { datetime_complete: end } : {}),
    params: Object.fromEntries(columns.map(({ column, value }) => [column.name, value])),
    distributions: Object.fromEntries(columns.map(({ column }) => [column.name, distributions.get(column)])),
    user_attrs: attributesOf(data, trial),
    system_attrs: isComplete ? constraintsOf(metrics, trial) : {},
    intermediate_values: {},
  };
  if (whole) return [opening];
  const reports = reported.map(([step, value]) => ({
    op_code: operation.intermediateValue,
    trial_id: id,
    step,
    intermediate_value: value,
  }));
  const closing = {
    op_code: operation.setState,
    trial_id: id,
    state,
    values,
    datetime_start: start,
    datetime_complete: end,
  };
  return [opening, ...reports, ...(finished ? [closing] : [])];
}

function stateOf({ state }: ReportTrial): number {
  switch (state) {
    case 'open':
      return trialState.running;
    case 'stopped':
      return trialState.pruned;
    case 'scored':
    case 'failed':
    case 'infeasible':
    case 'cancelled':
      return trialState.failed;
    default:
      return state satisfies never;
  }
}

function reportsOf(
  curve: ReportCurve | null,
  metric: string | undefined,
): readonly (readonly [number, number])[] {
  if (curve === null || metric === undefined) return [];
  const values = curve.values[metric] ?? [];
  return curve.steps.flatMap((step, at) => {
    const value = values[at] ?? null;
    return value === null ? [] : [[step, value] as const];
  });
}

function attributesOf(data: ReportData, trial: ReportTrial): Readonly<Record<string, unknown>> {
  const { index, source, state, reason, values, reused, cost } = trial;
  const search = data.searches[trial.search];
  const metrics = data.levels[search?.level ?? 0]?.metrics ?? [];
  const observed = metrics.flatMap(({ name, goal }, at) => {
    const value = values[at] ?? null;
    return goal !== 'observe' || value === null ? [] : [[name, value] as const];
  });
  const inner = trial.inner === null ? undefined : data.searches[trial.inner]?.id;
  return {
    'duramen:index': index,
    'duramen:source': source,
    ...(state === 'scored' ? {} : { 'duramen:outcome': state }),
    ...(reason === null ? {} : { 'duramen:reason': `${reason.class}: ${reason.message}` }),
    ...(reused ? { 'duramen:reused': true } : {}),
    ...(cost === null ? {} : { 'duramen:cost': cost }),
    ...(inner === undefined ? {} : { 'duramen:inner': inner }),
    ...Object.fromEntries(observed),
  };
}

/** Optuna's constraints: a number above 0 is a violation. */
function constraintsOf(
  metrics: ReportData['levels'][number]['metrics'],
  { values }: ReportTrial,
): Readonly<Record<string, unknown>> {
  const constraints = metrics.flatMap(({ atMost, atLeast }, at) => {
    const value = values[at] ?? null;
    if (value === null) return [];
    return [...(atMost === null ? [] : [value - atMost]), ...(atLeast === null ? [] : [atLeast - value])];
  });
  return constraints.length === 0 ? {} : { constraints };
}

function distributionOf(column: ReportColumn): object {
  if (column.kind === 'category')
    return { name: 'CategoricalDistribution', attributes: { choices: column.options } };
  const { low, high, log, step } = column;
  if (step === null) return { name: 'FloatDistribution', attributes: { step: null, low, high, log } };
  // Optuna has no logarithmic integers with a step.
  return { name: 'IntDistribution', attributes: { log: log && step === 1, step, low, high } };
}

function dateText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}
