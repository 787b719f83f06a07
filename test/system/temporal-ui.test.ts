import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition } from '../../searches/index.js';
import { until } from '../support/search-laboratory.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { screenshotsFolder, SearchPage } from '../support/search-page.js';
import { TestInstallation } from '../support/test-installation.js';

console.log(
  chromiumPath === undefined
    ? 'No Chromium was found: the tests of the Temporal UI are skipped.'
    : `Screenshots of the Temporal UI: ${screenshotsFolder}`,
);

const light = '(p) => ({ loss: p.x * p.x })';

/** Steps of 100 ms, three for the first trials; saves a checkpoint after each and parks at once when it is asked to. */
const slow = (steps: number): string => `async (p, trial) => {
  const saved = await trial.checkpoint.latest();
  const steps = trial.index < 3 ? 3 : ${steps};
  for (let step = saved === null ? 1 : saved.step + 1; step <= steps; step++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await trial.checkpoint.save(new Uint8Array([step]), step);
    if (trial.signal.aborted) return;
  }
  return { loss: p.x * p.x };
}`;

describe.skipIf(chromiumPath === undefined)('the Temporal UI', () => {
  const installation = new TestInstallation(inject('temporalCliPath'));
  let browser: Browser;
  let ui: SearchPage;

  beforeAll(async () => {
    await installation.start();
    browser = await launchBrowser();
    ui = await SearchPage.open(browser, installation.uiAddress);
  });
  afterAll(async () => {
    await browser.close();
    await installation.close();
  });

  const define = async (name: string, options: object, evaluate: string): Promise<SearchDefinition> =>
    installation.define(
      {
        name,
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        seed: 3,
        ...options,
      },
      evaluate,
    );
  const restartEverything = async (): Promise<void> => {
    installation.killEvaluations();
    await Promise.all([installation.killWorker(), installation.killServer()]);
    await installation.startWorker();
  };

  test('shows of a search, with the server alone running: id, level, phase, best value and trials', async () => {
    const definition = await define('seen', { budget: { trials: 6, concurrency: 2 }, light: true }, light);
    const result = await installation.run(definition);
    await installation.killWorker();
    try {
      await ui.go('seen');
      await ui.tab('search-attributes');
      const attributes: unknown = JSON.parse(await ui.json());
      expect(attributes).toMatchObject({
        DuramenStudy: 'seen',
        DuramenLevel: 'seen',
        DuramenPhase: 'finished',
        DuramenBest: result.best?.metrics['loss'],
        DuramenTrials: 6,
      });
      await ui.screenshot('search-attributes');
      expect(await ui.visible('[data-testid="workflow-id-heading"]').innerText()).toContain('seen');
      await ui.tab('memo');
      expect(JSON.parse(await ui.json())).toMatchObject({
        fields: {
          phase: 'finished',
          trajectoryHash: result.trajectoryHash,
          bestParameters: { seen: result.best?.parameters },
        },
      });
      await ui.screenshot('memo');
    } finally {
      await installation.startWorker();
    }
  }, 90_000);

  test('steers a search: pause, resume, concurrency, one trial, cancel; a pause outlives all processes', async () => {
    const definition = await define(
      'desk',
      { budget: { trials: 80, concurrency: 2 }, window: 4 },
      slow(1_000),
    );
    const { handle } = await installation.search(definition);
    await until(async () => (await handle.progress()).trials > 0);
    await ui.go('desk');
    const details = await ui.metadata('Best so far: trial');
    expect(details).toContain('search desk: desk');
    expect(details).toMatch(/trials\s+\d+ of 80/);
    expect(details).toMatch(/best loss\s+\d/);
    expect(details).toContain('duramen cancel-trial desk');
    expect(details).toContain('Pause Workflow is another pause');
    await ui.screenshot('details-running');
    await ui.tab('timeline');
    await ui.screenshot('timeline');

    expect(await ui.send('update', 'pause')).toBeNull();
    expect((await handle.progress()).phase).toBe('paused');
    await until(async () => (await handle.progress()).running.length === 0);
    const paused = await handle.progress();
    await restartEverything();
    await until(async () => (await handle.progress()).message === null);
    expect(await handle.progress()).toMatchObject({ phase: 'paused', running: [], trials: paused.trials });
    await ui.go('desk');
    expect(await ui.metadata('desk: paused')).toContain('it goes on after the update resume');
    await ui.screenshot('details-paused');
    expect(await ui.send('signal', 'resume')).toBeNull();
    await until(async () => (await handle.progress()).running.length === 2);

    expect(await ui.send('update', 'setConcurrency', 9)).toContain('above the window of 4');
    await ui.screenshot('update-refused');
    await ui.page.keyboard.press('Escape');
    await ui.go('desk');
    expect(await ui.send('update', 'setConcurrency', 1)).toBeNull();
    expect((await handle.progress()).concurrency).toBe(1);
    const [running = -1] = (await handle.progress()).running;
    expect(await ui.send('update', 'cancelTrial', running)).toBeNull();
    await until(async () => (await handle.progress()).outcomes.cancelled === 1);

    await ui.cancel();
    await ui.waitForStatus(/cancell?ed/i);
    await ui.screenshot('cancelled');
    const journal = await handle.journal();
    expect(journal.closed?.phase).toBe('cancelled');
    expect(journal.trials.filter(({ outcome }) => outcome?.kind === 'cancelled')).toHaveLength(1);
    expect(journal.trials.find(({ index }) => index === running)?.outcome?.kind).toBe('cancelled');
  }, 180_000);

  test('leads from a level to its inner searches and back', async () => {
    const definition = await installation.define(
      {
        name: 'tree',
        levels: [
          level({
            name: 'outer',
            space: space({ shift: oneOf([1, 2, 3]) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 3, concurrency: 1 },
          }),
          level({
            name: 'inner',
            space: space({ x: float(-5, 10) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 300, concurrency: 2 },
          }),
        ],
        seed: 2,
      },
      slow(10),
    );
    const { handle } = await installation.search(definition);
    const inner = installation.client.handle('tree/0/inner');
    await until(async () => ((await inner.state()) === null ? 0 : (await inner.progress()).trials) > 1);
    await ui.go('tree');
    await ui.metadata('tree/0/inner');
    await ui.screenshot('details-nested');
    await ui.follow('tree/0/inner');
    await ui.waitForStatus(/running/i);
    expect(await ui.visible('[data-testid="workflow-id-heading"]').innerText()).toContain('tree/0/inner');
    const details = await ui.metadata('tree/0/inner: running');
    expect(details).toMatch(/outer › inner/);
    await ui.screenshot('details-inner');
    await ui.go('tree');
    await ui.tab('relationships');
    await ui.visible('text=tree/0/inner').waitFor();
    await ui.screenshot('relationships');

    // A pause of the outer search reaches the inner one.
    expect(await ui.send('update', 'pause')).toBeNull();
    await until(async () => (await inner.progress()).phase === 'paused');
    await ui.go('tree/0/inner');
    expect(await ui.metadata('tree/0/inner: paused')).toContain('Paused by the search around it');
    await handle.cancel();
    await until(async () => (await handle.state())?.kind === 'closed');
  }, 120_000);

  test('the server’s own pause: Duramen’s commands name it, it outlives all processes, and nothing is lost', async () => {
    const definition = await define('held', { budget: { trials: 8, concurrency: 2 } }, slow(25));
    const { handle } = await installation.search(definition);
    await until(async () => (await handle.progress()).trials > 0);
    await ui.go('held');
    await ui.confirm('Pause Workflow', 'pause-confirmation-modal');
    await ui.waitForStatus(/paused/i);
    const refusal = 'paused by the server: unpause it first';
    await expect(handle.pause()).rejects.toThrow(refusal);
    await restartEverything();
    await expect(handle.setConcurrency(1)).rejects.toThrow(refusal);
    expect(await handle.progress()).toMatchObject({
      phase: 'paused',
      message: 'It is paused by the server.',
    });
    await ui.go('held');
    await ui.waitForStatus(/paused/i);
    await ui.screenshot('paused-by-server');
    // The fixed details are there while the current ones cannot be asked for.
    expect(await ui.metadata('until Unpause Workflow')).toContain('duramen resume held');
    await ui.confirm('Unpause Workflow', 'pause-confirmation-modal');
    await ui.waitForStatus(/running/i);
    const result = await installation.resultAfterServerPause(definition);
    expect(result.trials).toBe(8);
    expect(result.trajectoryHash).toBe(installation.expected(definition, ({ x }) => x * x));
  }, 120_000);
});
