import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks, and between two lines about a search that goes on. */
const lookEvery = 1_000;
const lineEvery = 10_000;

/**
 * Prints lines about the searches of the job until the signal says stop: each search when it begins and ends, and in
 * between, every ten seconds, how far it is. They fit a terminal and a file alike.
 */
export async function showProgress({ client, job, startedAt, signal, say }) {
  const begun = new Set();
  const over = new Set();
  let lastLine = 0;
  const tell = (text) => say(`${clock(Date.now() - startedAt)}  ${text}`);
  while (!signal.aborted) {
    const chapters = await chaptersOf(client, job);
    for (const { search, aim, found } of chapters) {
      const name = search.slice(job.length + 1);
      if (!begun.has(name)) tell(`${name}: ${aim}`);
      begun.add(name);
      if (found !== null && !over.has(name)) {
        tell(`${name} has ended: ${found}`);
        over.add(name);
        lastLine = Date.now();
      }
    }
    if (Date.now() - lastLine >= lineEvery) {
      const open = chapters.filter(({ found }) => found === null);
      const lines = await Promise.all(open.map(({ search }) => standingOf(client.handle(search))));
      const known = lines.filter((line) => line !== null);
      if (known.length > 0) tell(known.join(' · '));
      lastLine = Date.now();
    }
    await delay(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

/** The searches of the job so far; none while nothing answers, such as a worker that is just being started again. */
async function chaptersOf(client, job) {
  try {
    return await client.temporal.workflow.getHandle(job).query('chapters');
  } catch {
    return [];
  }
}

/** One search in some words; null while it cannot tell. */
async function standingOf(handle) {
  try {
    const { phase, trials, trialsBudget, best, bestMetric, retraining } = await handle.progress();
    const name = handle.id.slice(handle.id.indexOf('/') + 1);
    if (retraining !== undefined) {
      const done = retraining.repetitions.filter(({ state }) => state === 'finished').length;
      return `${name} ${done} of ${retraining.repetitions.length} full trainings`;
    }
    const value = best === null || bestMetric !== 'accuracy' ? '' : ` (${percent(best)})`;
    return `${name} ${trials} of ${trialsBudget ?? '?'}${value}${phase === 'running' ? '' : `, ${phase}`}`;
  } catch {
    return null;
  }
}

/** The end of the job, line by line: each fact with its name. */
export function summaryOf({ result, page, report, model }) {
  const { knee, testAccuracies, hypervolume, kill, audit, front, data } = result;
  const { accelerator, architecture, pipeline } = knee;
  const tested = testAccuracies.filter((value) => value !== null);
  const mean = tested.reduce((sum, value) => sum + value, 0) / tested.length;
  const rows = [
    ['accelerator', acceleratorText(accelerator)],
    ['network', `${stageText(architecture.large)}, then ${stageText(architecture.small)}`],
    ['training', pipelineText(pipeline)],
    [
      'accuracy',
      tested.length === 0
        ? 'no full training gave one'
        : `${percent(mean)} of the test images of ${data} (${tested.length} seeds: ${tested.map(percent).join(', ')})`,
    ],
    [
      'cost',
      `latency ${knee.latency.toFixed(1)} µs, energy ${knee.energy.toFixed(2)} µJ for an image, area ${knee.area.toFixed(2)} mm²`,
    ],
    [
      'hypervolume',
      `${percent(hypervolume.front)} of the box of both fronts by evolution (${front} points), ${percent(hypervolume.control)} at random`,
    ],
    [
      'trials',
      audit.levels
        .map(({ level, trials, reused }) => `${trials} ${level}${reused === 0 ? '' : ` (${reused} reused)`}`)
        .join(', '),
    ],
    ['kill', killText(kill, audit)],
    ...(page === null ? [] : [['Temporal UI', page]]),
    ['report', report],
    ['model', model],
  ];
  return rows.map(([name, text]) => `${name.padEnd(12)} ${text}`);
}

function killText(kill, { fault }) {
  const killed =
    kill === null
      ? 'no process trained long enough to be killed'
      : `process ${kill.process} killed at ${kill.at.slice(11, 19)} UTC`;
  return fault === null
    ? `${killed}, 0 trials lost, trajectory as undisturbed: verified`
    : `${killed}; the journals do not hold: ${fault}`;
}

function acceleratorText({ rows, columns, dataflow, precision, bandwidth, ...pads }) {
  const { inputScratchpad, weightScratchpad, outputScratchpad } = pads;
  return (
    `${rows} × ${columns} elements, ${dataflow}, ${precision}, scratchpads of ` +
    `${inputScratchpad}, ${weightScratchpad} and ${outputScratchpad} KiB, ${bandwidth} words a cycle`
  );
}

function stageText({ depth, inputToMiddle, inputToOutput, middleToOutput }) {
  return `${depth} × (${inputToMiddle} → ${middleToOutput} + ${inputToOutput})`;
}

function pipelineText({
  optimizer,
  learningRate,
  schedule,
  batchSize,
  weightDecay,
  dropout,
  labelSmoothing,
  ...rest
}) {
  const { groups, horizontalFlip, cutout } = rest.augmentation;
  const used = Object.keys(groups).filter((name) => groups[name] && name !== 'identity');
  const images = [...used, ...(horizontalFlip ? ['flip'] : []), ...(cutout > 0 ? [`cutout ${cutout}`] : [])];
  return (
    `${optimizer}, rate ${learningRate}, ${schedule}, batches of ${batchSize}, decay ${weightDecay}, ` +
    `dropout ${dropout}, smoothing ${labelSmoothing}, images: ${images.join(', ') || 'as they are'}`
  );
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
