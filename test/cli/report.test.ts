import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controller, encodeState, ma2ml, random } from '../../algorithms/index.js';
import type { Outcome } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { runCommandLine } from '../../cli/command-line.js';
import { html } from '../../cli/reports/markup.js';
import { reportDataSchema, type ReportData } from '../../cli/reports/report-data.js';
import { readReportData } from '../../cli/reports/report-reading.js';
import { reportPage, writeReport } from '../../cli/reports/report-page.js';
import { JournalReader } from '../../client/index.js';
import { encode, float, oneOf, space } from '../../search-spaces/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { defineSearch, level } from '../../searches/search-files/define-search.js';
import type { JournalRecord, SearchDefinition } from '../../searches/index.js';
import { algorithmUpdates, planSearch, rebuild, SearchLoop, toDefinition } from '../../searches/index.js';
import { ArtifactStore, emptyJournal, FileBlobStore, JournalStore } from '../../storage/index.js';
import { buildNetwork, graphDrawing, graphSummary, networkCost } from '../../training/index.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';

const attack = '</script><img src=x onerror="document.title=\'owned\'">';
const accelerator = {
  rows: 8,
  columns: 8,
  dataflow: 'weightStationary',
  inputScratchpad: 32,
  weightScratchpad: 32,
  outputScratchpad: 32,
  precision: 'int8',
} as const;
const outerSpace = space({ ...accelerator, bandwidth: oneOf([2, 4, 8]), note: oneOf([attack, 'plain']) });
const innerSpace = space({ rate: float(0, 1) });

const definition: SearchDefinition = toDefinition(
  defineSearch({
    name: 'reported',
    seed: 'a < b',
    pure: true,
    tags: [attack],
    levels: [
      level({
        name: 'outer',
        space: outerSpace,
        metrics: { accuracy: 'maximize', latency: 'minimize' },
        algorithm: random(),
        budget: { trials: 4 },
        measure: () => ({ latency: 1 }),
      }),
      level({
        name: 'inner',
        space: innerSpace,
        metrics: { accuracy: 'maximize' },
        algorithm: random(),
        budget: { trials: 2 },
        dependsOn: [],
      }),
    ],
    evaluate: () => ({ accuracy: 1 }),
  }),
  { hash: 'a'.repeat(64), packages: '' },
);

const network = buildNetwork({
  builder: 'plainConvolutional',
  inputShape: [28, 28, 1],
  classes: 10,
  widths: [4, 8],
});

let home: string;
let page: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'duramen-report-'));
  await writeJournals(home);
  page = await reportPage(new JournalReader(home), 'reported');
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Two accelerators with a search inside, one that took over a result, one that failed. */
async function writeJournals(folder: string, trainings: readonly Json[] = []): Promise<void> {
  const blobs = new FileBlobStore(folder);
  const artifacts = new ArtifactStore(blobs);
  const stored = (value: unknown): Promise<string> =>
    artifacts.put(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));
  const artifactsOfTrial = {
    'network.json': await stored(network),
    'deep/model.bin': await stored('weights'),
  };
  const recordOf = ({ training }: { readonly training: Json | undefined }): Promise<string> =>
    stored({
      format: 'duramen-trial/1',
      attempt: 1,
      attributes: training === undefined ? {} : { training },
      artifacts: artifactsOfTrial,
      host: { processor: 'Some processor', platform: 'linux-x64', node: 'v22.0.0' },
      stack: null,
    });
  const [first, second] = trainings;
  const firstRecord = await recordOf({ training: first });
  const secondRecord = await recordOf({ training: second });
  const inner = (index: number): JournalRecord[] => [
    { kind: 'opened', search: `reported/${index}/inner`, definition, level: 1, context: {}, version: '0' },
    ...[0.25, 0.5].flatMap((rate, place) =>
      told(place, genomeOf(encode(innerSpace, { rate })), scored({ accuracy: rate }), {
        record: place === 0 ? firstRecord : secondRecord,
      }),
    ),
    { kind: 'closed', phase: 'finished', reason: 'trials', trajectoryHash: 'b'.repeat(64) },
  ];
  const outer = (bandwidth: 2 | 4 | 8, note: typeof attack | 'plain'): Genome =>
    genomeOf(encode(outerSpace, { ...accelerator, bandwidth, note }));
  const innerOf = (index: number) => ({
    inner: { search: `reported/${index}/inner`, parameters: { inner: { rate: 0.5 } } },
  });
  const records: JournalRecord[] = [
    { kind: 'opened', search: 'reported', definition, level: 0, context: {}, version: '0' },
    ...told(0, outer(2, attack), scored({ accuracy: 0.5, latency: 123.456 }), innerOf(0)),
    ...told(1, outer(4, 'plain'), scored({ accuracy: 0.4, latency: 50 }), { ...innerOf(1), reused: true }),
    ...told(2, outer(8, 'plain'), scored({ accuracy: 0.3, latency: 70 }), innerOf(2)),
    ...told(3, outer(8, attack), { kind: 'failed', class: 'Diverged', message: `the loss is ${attack}` }, {}),
    { kind: 'closed', phase: 'finished', reason: 'trials', trajectoryHash: 'c'.repeat(64) },
  ];
  const journals = new JournalStore<JournalRecord>(blobs);
  for (const [search, content] of [
    ['reported', records],
    ['reported/0/inner', inner(0)],
  ] as const) {
    const epoch = await journals.openEpoch(search, 'token');
    await journals.append(search, epoch, emptyJournal, content);
  }
}

function genomeOf(encoded: ReturnType<typeof encode>): Genome {
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

function told(
  index: number,
  genome: Genome,
  outcome: Outcome,
  more: Partial<Extract<JournalRecord, { kind: 'told' }>>,
): JournalRecord[] {
  return [
    { kind: 'proposed', trial: { index, genome }, source: 'algorithm' },
    { ...more, kind: 'told', index, outcome },
  ];
}

function scored(metrics: Readonly<Record<string, number>>): Outcome {
  return { kind: 'scored', metrics };
}

test('what is put into markup is escaped, lists are joined', () => {
  expect(html`<a title="${'"<&>\''}">${['a', html`<b>${1}</b>`, null]}</a>`.text).toBe(
    '<a title="&quot;&lt;&amp;&gt;&#39;">a<b>1</b></a>',
  );
});

/** The report as its page holds it. */
async function dataOf(folder: string, id: string): Promise<ReportData> {
  const data = await readReportData(new JournalReader(folder), id);
  return reportDataSchema.parse(JSON.parse(JSON.stringify(data)));
}

describe('a report', () => {
  test('holds the search, its front, inner searches, trials, failures and machines, by its schema', async () => {
    const data = await dataOf(home, 'reported');
    const [root, inner] = data.searches;
    expect(root).toMatchObject({
      id: 'reported',
      phase: 'finished',
      trajectoryHash: 'c'.repeat(64),
      best: [0, 1],
      knee: 0,
    });
    expect(inner).toMatchObject({ id: 'reported/0/inner', level: 1, outer: 0 });
    expect(data.levels.map(({ metrics }) => metrics.map(({ name }) => name))).toEqual([
      ['accuracy', 'latency'],
      ['accuracy'],
    ]);
    expect(data.trials.map(({ state, values }) => [state, ...values])).toEqual([
      ['scored', 0.5, 123.456],
      ['scored', 0.4, 50],
      ['scored', 0.3, 70],
      ['failed', null, null],
      ['scored', 0.25],
      ['scored', 0.5],
    ]);
    expect(data.trials[3]?.reason).toEqual({ class: 'Diverged', message: `the loss is ${attack}` });
    // A result that was taken over names the equal search that it came from.
    expect(data.trials[1]).toMatchObject({ reused: true, inner: 1, shared: true });
    expect(data.trials[0]).toMatchObject({ inner: 1, shared: false });
    expect(data.machines).toEqual([{ name: 'Some processor, linux-x64, Node v22.0.0', trials: 1 }]);
    expect(data.levels[0]?.columns.map(({ name }) => name)).toEqual(['bandwidth', 'note']);
    expect(data.trials[1]?.choices).toEqual([1, 1]);
  });

  test('names a mixture of versions of the computation', async () => {
    const former = 'TensorFlow 2.21.0 on CPU, 1 threads, oneDNN on; Some processor';
    const latter = 'TensorFlow 2.21.0 on CPU, computation 2, 1 threads, oneDNN on; Some processor';
    const reported = async (...kinds: readonly (readonly string[])[]): Promise<ReportData['machines']> => {
      const folder = await mkdtemp(join(home, 'mixed-'));
      await writeJournals(
        folder,
        kinds.map((each) => ({ kinds: [...each], epochs: 1 })),
      );
      return (await dataOf(folder, 'reported')).machines;
    };
    const machine = 'Some processor, linux-x64, Node v22.0.0';
    expect(await reported([former], [former, latter])).toEqual([
      { name: `${machine}, computation 1`, trials: 1 },
      { name: `${machine}, computation 1 and 2`, trials: 1 },
    ]);
    expect((await reported([latter], [latter])).map(({ name }) => name)).toEqual([
      `${machine}, computation 2`,
    ]);
  });

  test('holds the network of the chosen result with its layers and its cost on the accelerator', async () => {
    const [found] = (await dataOf(home, 'reported')).networks;
    expect(found?.trial).toBe(0);
    expect(found?.svg).toBe(graphDrawing(network));
    const { parameters, multiplyAdds } = networkCost(network);
    expect(found).toMatchObject({ parameters, multiplyAdds });
    expect(
      found?.layers.some(({ node, cycles }) => node === 'stage1/layer1/convolution' && (cycles ?? 0) > 0),
    ).toBe(true);
    expect(found?.accelerator).toMatchObject({ rows: 8, columns: 8, problem: null });
  });

  test('holds no text of a journal as markup and loads nothing', () => {
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toContain("'unsafe-eval'");
  });

  test('is written as a whole, or not at all with one sentence', async () => {
    const folder = await mkdtemp(join(home, 'out-'));
    const file = join(folder, 'report.html');
    await writeFile(file, 'old');
    await writeReport(file, page);
    expect(await readFile(file, 'utf8')).toBe(page);
    expect(await readdir(folder)).toEqual(['report.html']);
    await expect(writeReport(join(folder, 'none', 'report.html'), page)).rejects.toThrow(
      /cannot be written to .*ENOENT/,
    );
  });

  test('of a search that is not there is refused', async () => {
    await expect(reportPage(new JournalReader(home), 'other')).rejects.toThrow(
      'no journal of a search "other"',
    );
  });

  test('and what the best trial saved are written by the command line, without a server', async () => {
    const folder = await mkdtemp(join(home, 'out-'));
    const status = process.exitCode;
    await runCommandLine(['report', 'reported', '--home', home, '--output', join(folder, 'page.html')]);
    await runCommandLine(['export', 'reported', '--home', home, '--output', join(folder, 'model')]);
    expect(process.exitCode).toBe(status);
    expect(await readFile(join(folder, 'page.html'), 'utf8')).toBe(page);
    expect(await readFile(join(folder, 'model', 'deep', 'model.bin'), 'utf8')).toBe('weights');
    const { parameters, multiplyAdds } = networkCost(network);
    const result = JSON.parse(await readFile(join(folder, 'model', 'result.json'), 'utf8')) as object;
    expect(result).toMatchObject({
      trial: 0,
      metrics: { accuracy: 0.5 },
      parameters: { inner: { rate: 0.5 } },
      network: { parameters, multiplyAdds, flops: 2 * multiplyAdds },
    });
    expect(await readFile(join(folder, 'model', 'network.svg'), 'utf8')).toBe(graphDrawing(network));
    expect(await readFile(join(folder, 'model', 'layers.txt'), 'utf8')).toBe(graphSummary(network));
    await runCommandLine([
      'export',
      'reported',
      '--home',
      home,
      '--trial',
      '3',
      '--output',
      join(folder, 'none'),
    ]);
    expect(process.exitCode).toBe(2);
    process.exitCode = status;
  });
});

describe('what the algorithm has learned', () => {
  const agents = toDefinition(
    defineSearch({
      name: 'agents',
      space: space({
        [attack]: oneOf([attack, 'plain'], { tags: ['AUG'] }),
        depth: oneOf([{ depth: 1 }, 2, 3], { tags: ['NAS'] }),
        rate: float(1e-4, 1e-1, { scale: 'log', tags: ['HPO'] }),
      }),
      metrics: { accuracy: 'maximize' },
      algorithm: ma2ml({ stepsPerRound: 3, hiddenUnits: 8, pipelinesPerRound: 4, learningRate: 0.2 }),
      budget: { trials: 22, concurrency: 1 },
      evaluate: () => ({ accuracy: 1 }),
    }),
    { hash: 'a'.repeat(64), packages: '' },
  );

  /** The records and the state of the search after all its trials. */
  async function searched(folder: string): Promise<{ records: readonly JournalRecord[]; state: Uint8Array }> {
    const artifacts = new ArtifactStore(new FileBlobStore(folder));
    const loop = SearchLoop.open(planSearch('agents', agents, 0, {}));
    const updates = algorithmUpdates(artifacts);
    for (;;) {
      const step = loop.step();
      if (step.kind === 'end') break;
      if (step.kind === 'start') {
        const { index, genome } = step.open.trial;
        loop.complete(index, { outcome: scored({ accuracy: genome[1] === 0 ? 1 : 0 }) });
      } else if (step.kind === 'update') {
        loop.applyUpdate(await updates(loop.plan, step.request));
      } else throw new Error(step.kind);
    }
    const opened: JournalRecord = {
      ...{ kind: 'opened', search: 'agents', definition: agents, level: 0, context: {}, version: '0' },
    };
    return { records: [opened, ...loop.drainRecords()], state: loop.encode() };
  }

  test('is drawn as bars with the names of the options, with a snapshot or from the records alone', async () => {
    const folder = await mkdtemp(join(home, 'agents-'));
    const { records, state } = await searched(folder);
    const journals = new JournalStore<JournalRecord>(new FileBlobStore(folder));
    const epoch = await journals.openEpoch('agents', 'token');
    const appended = await journals.append('agents', epoch, emptyJournal, records);
    const rebuilt = await reportPage(new JournalReader(folder), 'agents');
    const [learned] = (await dataOf(folder, 'agents')).learned;
    expect(learned?.algorithm).toBe('ma2ml');
    expect(learned?.figures.find(({ name }) => name === 'round')?.value).toBe(5);
    expect(learned?.groups.flatMap(({ figures }) => figures.map(({ name }) => name))).toContain(
      'share of credit',
    );
    const decisions = learned?.groups.flatMap((group) => group.decisions) ?? [];
    expect(decisions.flatMap(({ options }) => options.map(({ name }) => name))).toContain('{depth: 1}');
    expect(rebuilt).not.toContain('<img src=x');
    if (appended.kind !== 'written') throw new Error('not written');
    await journals.putSnapshot('agents', epoch, appended.position, state);
    expect(await reportPage(new JournalReader(folder), 'agents')).toBe(rebuilt);
    // An option of the better depth became the most probable one.
    const shares = decisions.flatMap(({ options }) => options.map(({ probability }) => probability));
    expect(shares.length).toBe(2 + 3 + 6);
    expect(shares[2]).toBeGreaterThan(0.34);
  });

  test('is read from the records where another version took the snapshot', async () => {
    const folder = await mkdtemp(join(home, 'agents-'));
    const { records } = await searched(folder);
    const journals = new JournalStore<JournalRecord>(new FileBlobStore(folder));
    const epoch = await journals.openEpoch('agents', 'token');
    const appended = await journals.append('agents', epoch, emptyJournal, records);
    const limits = { decisions: 8, options: 8 };
    const rebuilt = await new JournalReader(folder).learned('agents', limits);
    expect(rebuilt).not.toBe(null);
    if (appended.kind !== 'written') throw new Error('not written');
    const other = encodeState({ loop: JSON.stringify({ version: 99 }), algorithm: null, update: null });
    await journals.putSnapshot('agents', epoch, appended.position, other);
    expect(await new JournalReader(folder).learned('agents', limits)).toEqual(rebuilt);
    expect(await reportPage(new JournalReader(folder), 'agents')).toContain('share of credit');
  });

  test('is not read without what the agents keep, and the report says so', async () => {
    const folder = await mkdtemp(join(home, 'agents-'));
    const { records } = await searched(folder);
    const copied = await mkdtemp(join(home, 'copied-'));
    const blobs = new FileBlobStore(copied);
    const artifacts = new ArtifactStore(new FileBlobStore(folder));
    const journals = new JournalStore<JournalRecord>(blobs);
    const epoch = await journals.openEpoch('agents', 'token');
    const early = records.slice(0, -8);
    const appended = await journals.append('agents', epoch, emptyJournal, early);
    if (appended.kind !== 'written') throw new Error('not written');
    const loop = await rebuild(planSearch('agents', agents, 0, {}), early, algorithmUpdates(artifacts));
    await journals.putSnapshot('agents', epoch, appended.position, loop.encode());
    await journals.append('agents', epoch, appended.position, records.slice(-8));
    expect(await reportPage(new JournalReader(copied), 'agents')).toContain('has learned cannot be read: ');
  });

  test('is not read from a journal that another build wrote, and the report says so', async () => {
    const folder = await mkdtemp(join(home, 'agents-'));
    const { records } = await searched(folder);
    const journals = new JournalStore<JournalRecord>(new FileBlobStore(folder));
    const epoch = await journals.openEpoch('agents', 'token');
    const changed = records.map((record) =>
      record.kind === 'proposed' && record.trial.index === 3
        ? { ...record, trial: { ...record.trial, genome: [0, 0, 0.1] } }
        : record,
    );
    await journals.append('agents', epoch, emptyJournal, changed);
    expect(await reportPage(new JournalReader(folder), 'agents')).toContain(
      'has learned cannot be read: The journal of',
    );
  });
});

/** Writes the journal of a search on paths of a policy, whose reward grows with the epochs. */
async function writeLearnedPaths(folder: string): Promise<void> {
  const learning = toDefinition(
    defineSearch({
      name: 'learning',
      space: space({ first: oneOf(['a', 'b']), second: oneOf(['c', 'd']) }),
      metrics: { accuracy: 'maximize' },
      algorithm: controller({ batchSize: 2, hiddenUnits: 4 }),
      weightSharing: { paths: 'policy', epochs: 5, scores: { perEpoch: 2 }, evaluations: 2 },
      budget: { cost: 5, concurrency: 1 },
      evaluate: () => ({ accuracy: 1 }),
    }),
    { hash: 'a'.repeat(64), packages: '' },
  );
  const blobs = new FileBlobStore(folder);
  const loop = SearchLoop.open(planSearch('learning', learning, 0, {}));
  const updates = algorithmUpdates(new ArtifactStore(blobs));
  for (;;) {
    const step = loop.step();
    if (step.kind === 'end') break;
    if (step.kind === 'update') loop.applyUpdate(await updates(loop.plan, step.request));
    else if (step.kind === 'start') {
      const { index, slice } = step.open.trial;
      const values = slice?.kind === 'score' ? Array.from({ length: slice.count }, () => index / 64) : [];
      loop.complete(index, { outcome: { ...scored({ accuracy: 0.5 }), values } as Outcome });
    } else throw new Error(step.kind);
  }
  const opened: JournalRecord = {
    ...{ kind: 'opened', search: 'learning', definition: learning, level: 0, context: {}, version: '0' },
  };
  const journals = new JournalStore<JournalRecord>(blobs);
  const epoch = await journals.openEpoch('learning', 'token');
  await journals.append('learning', epoch, emptyJournal, [opened, ...loop.drainRecords()]);
}

test('the epochs of a policy are a table and the data of a curve', async () => {
  const folder = await mkdtemp(join(home, 'learning-'));
  await writeLearnedPaths(folder);
  const [learned] = (await dataOf(folder, 'learning')).learned;
  expect(learned?.algorithm).toBe('learnedPaths');
  expect(learned?.history?.columns).toEqual(['epoch', 'reward', 'control', 'gain', 'entropy', 'KL']);
  // Trials 2 and 3 of an epoch are its last scores and its control.
  expect(learned?.history?.rows[0]?.slice(0, 4)).toEqual([1, 0.03125, 0.046875, -0.015625]);
  expect(learned?.history?.rows.length).toBe(5);
  expect(learned?.history?.rows[4]).toEqual([
    5,
    18 / 64,
    19 / 64,
    -1 / 64,
    ...Array<unknown>(2).fill(expect.any(Number)),
  ]);
});

describe.skipIf(chromiumPath === undefined)('a report in a browser', () => {
  test('draws a curve for each column that an algorithm followed', async () => {
    const folder = await mkdtemp(join(home, 'curves-'));
    await writeLearnedPaths(folder);
    const file = join(folder, 'learned.html');
    await writeReport(file, await reportPage(new JournalReader(folder), 'learning'));
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.goto(`file://${file}`);
      const label = tab.locator('#learned .choices select');
      await tab.locator('#learned').scrollIntoViewIfNeeded();
      await expect.poll(() => tab.locator('#learned canvas').count()).toBe(1);
      expect(await label.locator('option').allInnerTexts()).toEqual([
        'reward',
        'control',
        'gain',
        'entropy',
        'KL',
      ]);
      await label.selectOption('gain');
      await expect.poll(() => tab.locator('#learned canvas').count()).toBe(1);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('draws its plots, sorts its tables, runs nothing of a journal and asks nobody', async () => {
    const file = join(home, 'browser.html');
    await writeReport(file, page);
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      const requests: string[] = [];
      const errors: string[] = [];
      tab.on('request', (request) => requests.push(request.url()));
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.goto(`file://${file}`);
      await expect.poll(() => tab.locator('#front canvas, #progress canvas').count()).toBe(3);
      expect(await tab.title()).toBe('reported: report');
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([`file://${file}`]);
      const heads = tab.locator('#trials table').first().locator('thead button');
      const column = (await heads.allInnerTexts()).indexOf('latency ↓');
      const values = (): Promise<readonly string[]> =>
        tab
          .locator('#trials table')
          .first()
          .locator(`tbody tr:not(.gap) td:nth-child(${column + 1})`)
          .allInnerTexts();
      await heads.nth(column).click();
      expect(await values()).toEqual(['50', '70', '123.456', '']);
      await heads.nth(column).click();
      expect(await values()).toEqual(['123.456', '70', '50', '']);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
