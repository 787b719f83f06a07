import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../src/algorithms/index.js';
import { float, space } from '../../src/search-spaces/index.js';
import { chromiumPath, launchBrowser } from './browser.js';
import { TestInstallation } from './test-installation.js';

if (chromiumPath === undefined)
  console.log('No Chromium was found: the tests of the Temporal UI are skipped.');

const slow = 'async (p) => { await new Promise((r) => setTimeout(r, 1_500)); return { loss: p.x * p.x }; }';

describe.skipIf(chromiumPath === undefined)('the Temporal UI', () => {
  const installation = new TestInstallation(inject('temporalCliPath'));
  let browser: Browser;
  let page: Page;

  // The UI renders its header twice and keeps dialogs hidden in the page: only what is visible counts.
  const visible = (selector: string): Locator => page.locator(selector).filter({ visible: true }).first();

  beforeAll(async () => {
    await installation.start();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(30_000);
  });
  afterAll(async () => {
    await browser.close();
    await installation.close();
  });

  const open = async (id: string, tab: string): Promise<string> => {
    await page.goto(`${installation.uiAddress}/namespaces/default/workflows/${id}`);
    await visible(`[data-testid="${tab}-tab"]`).click();
    await page.waitForURL(new RegExp(`/${tab}$`));
    await visible('.cm-content').waitFor();
    return visible('.cm-content').innerText();
  };

  test('shows of a search, with the server alone running: id, level, phase, best value and trials', async () => {
    const definition = await installation.define(
      {
        name: 'seen',
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 6, concurrency: 2 },
        light: true,
      },
      '(p) => ({ loss: p.x * p.x })',
    );
    const result = await installation.run(definition);
    await installation.killWorker();
    const attributes: unknown = JSON.parse(await open('seen', 'search-attributes'));
    expect(attributes).toMatchObject({
      DuramenStudy: 'seen',
      DuramenLevel: 'seen',
      DuramenPhase: 'finished',
      DuramenBest: result.best?.metrics['loss'],
      DuramenTrials: 6,
    });
    expect(await visible('[data-testid="workflow-id-heading"]').innerText()).toContain('seen');
    expect(await open('seen', 'memo')).toContain(result.trajectoryHash);
    await installation.startWorker();
  }, 90_000);

  test('pauses and unpauses a running search, which then ends as if it had never stood still', async () => {
    const definition = await installation.define(
      {
        name: 'held',
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 8, concurrency: 2 },
        light: true,
        seed: 3,
      },
      slow,
    );
    const { handle } = await installation.search(definition);
    await page.goto(`${installation.uiAddress}/namespaces/default/workflows/held`);
    const confirm = async (button: string, modal: string): Promise<void> => {
      await page.getByRole('button', { name: button }).filter({ visible: true }).first().click();
      await visible(`[data-testid*="${modal}"]`).locator('[data-testid="confirm-modal-button"]').click();
    };
    await confirm('Pause Workflow', 'pause-confirmation-modal');
    await visible('[data-testid="execution-status"]')
      .getByText(/paused/i)
      .waitFor();
    await confirm('Unpause Workflow', 'pause-confirmation-modal');
    const result = await handle.result();
    expect(result.trials).toBe(8);
    expect(result.trajectoryHash).toBe(installation.expected(definition, ({ x }) => x * x));
  }, 90_000);
});
