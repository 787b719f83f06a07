import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DeskReading } from '../../cli/desk/desk-reading.js';
import { DeskServer } from '../../cli/desk/desk-server.js';
import { DeskSteering } from '../../cli/desk/desk-steering.js';
import type { LiveReport, SearchList } from '../../cli/reports/desk-messages.js';
import { FileBlobStore, JournalStore } from '../../storage/index.js';
import type { JournalRecord } from '../../searches/index.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { tuning } from '../support/report-examples.js';
import { writeSearch } from '../support/reported-searches.js';
import { keptFolder } from '../support/temporary-folder.js';

const home = keptFolder();
const open: DeskServer[] = [];

beforeAll(async () => {
  await writeSearch(home, tuning(30, 'finished'));
  await writeSearch(home, { ...tuning(60, 'running'), openAfter: 20 });
  await mkdir(join(home, 'journals/damaged/=records'), { recursive: true });
  await writeFile(join(home, 'journals/damaged/=records/000001-0000000000'), 'no journal');
});

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function desk(readOnly = false, port = 0): Promise<string> {
  // Nothing answers at that address: the journals alone are read.
  const steering = new DeskSteering({ home, address: '127.0.0.1:9' }, readOnly);
  const server = new DeskServer(new DeskReading(home), steering);
  open.push(server);
  return server.listen(port);
}

async function tokenOf(address: string): Promise<string> {
  const page = await (await fetch(address)).text();
  return /"token":"([^"]+)"/.exec(page)?.[1] ?? '';
}

function steer(address: string, headers: Readonly<Record<string, string>>, body: unknown): Promise<Response> {
  return fetch(`${address}api/steer`, { method: 'POST', headers, body: JSON.stringify(body) });
}

test('the list has every search of the home, a damaged one with a sentence, and needs no server', async () => {
  const address = await desk();
  const { searches, readOnly } = (await (await fetch(`${address}api/searches`)).json()) as SearchList;
  expect(searches.map(({ id, phase, trials }) => [id, phase, trials]).sort()).toEqual([
    ['damaged', 'open', 0],
    ['finished', 'finished', 30],
    ['running', 'open', 20],
  ]);
  expect(searches.find(({ id }) => id === 'damaged')?.problem).toMatch(/is damaged|was cut off/);
  expect(readOnly).toMatch(/Until then everything is only shown/);
});

test('a message without the token, from another origin or for another host is refused', async () => {
  const address = await desk();
  const token = await tokenOf(address);
  const pause = { search: 'running', action: 'pause', value: null };
  const refused = async (headers: Readonly<Record<string, string>>): Promise<readonly [number, string]> => {
    const response = await steer(address, headers, pause);
    return [response.status, ((await response.json()) as { readonly error: string }).error];
  };
  expect(await refused({})).toEqual([403, expect.stringContaining('token')]);
  expect(await refused({ 'x-duramen-token': 'x'.repeat(token.length) })).toEqual([
    403,
    expect.stringContaining('token'),
  ]);
  expect(await refused({ 'x-duramen-token': token, origin: 'http://evil.example' })).toEqual([
    403,
    expect.stringContaining('origin'),
  ]);
  // The right one gets as far as the server, which is not there.
  expect(await refused({ 'x-duramen-token': token, origin: address.slice(0, -1) })).toEqual([
    503,
    expect.stringContaining('No server'),
  ]);
  const { request } = await import('node:http');
  const status = await new Promise((resolve) => {
    request(address, { headers: { host: 'evil.example' } }, (response) => resolve(response.statusCode)).end();
  });
  expect(status).toBe(403);
});

test('with --read-only nothing can be changed, whatever the message', async () => {
  const address = await desk(true);
  const response = await steer(
    address,
    { 'x-duramen-token': await tokenOf(address) },
    { search: 'running', action: 'pause' },
  );
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: expect.stringContaining('--read-only') });
});

test('a search is the report of its journal, and its events have the number of records', async () => {
  const address = await desk();
  const { report, phase } = (await (await fetch(`${address}api/report?search=running`)).json()) as LiveReport;
  expect(report.trials.filter(({ state }) => state !== 'open')).toHaveLength(20);
  expect(phase).toBeNull();
  const unknown = await fetch(`${address}api/report?search=..%2Fsecret`);
  expect(unknown.status).toBe(400);
  const stream = await fetch(`${address}api/events?search=running`);
  const parts = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('data:')) text += (await parts?.read())?.value ?? '';
  expect(text).toContain(`id: ${report.records}\n`);
  // A reader that knows the last record hears of the next one alone.
  const later = await fetch(`${address}api/events?search=running`, {
    headers: { 'last-event-id': String(report.records) },
  });
  const news = later.body?.pipeThrough(new TextDecoderStream()).getReader();
  const journals = new JournalStore<JournalRecord>(new FileBlobStore(home));
  const last = (await journals.read('running')).at(-1);
  const epoch = await journals.openEpoch('running', 'another');
  await journals.append('running', epoch, { records: report.records, hash: last?.hash ?? '' }, [
    { kind: 'intervention', index: 24, intervention: { kind: 'pause', by: 'user' }, at: 1 },
  ]);
  let heard = '';
  while (!heard.includes('data:')) heard += (await news?.read())?.value ?? '';
  expect(heard).toContain(`id: ${report.records + 1}\n`);
  await parts?.cancel();
  await news?.cancel();
}, 30_000);

test('a port in use is one sentence', async () => {
  const address = await desk();
  await expect(desk(false, Number(new URL(address).port))).rejects.toThrow(
    /cannot be served on port .*Choose another/,
  );
});

describe.skipIf(chromiumPath === undefined)('the live page in Chromium', () => {
  test('lists searches, opens one, and survives a restart of its server', async () => {
    const address = await desk();
    const port = Number(new URL(address).port);
    const browser = await launchBrowser();
    try {
      const tab: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const errors: string[] = [];
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.goto(address);
      await tab.locator('.searches a', { hasText: 'running' }).click();
      await expect.poll(() => tab.locator('h1').innerText()).toBe('running');
      await tab.locator('#trials').scrollIntoViewIfNeeded();
      await tab.locator('#filter').fill('outcome=scored');
      const status = tab.locator('#trials [role=status]');
      await expect.poll(() => status.innerText()).toMatch(/^\d+ of \d+ trials$/);
      const before = await status.innerText();
      await open.splice(0)[0]?.close();
      await expect
        .poll(() => tab.locator('.steering [role=status]').innerText(), { timeout: 10_000 })
        .toContain('does not answer');
      // Still usable.
      await tab.locator('#filter').fill('outcome!=scored');
      await expect.poll(() => status.innerText()).not.toBe(before);
      await desk(false, port);
      await expect
        .poll(() => tab.locator('.steering').innerText(), { timeout: 20_000 })
        .not.toContain('does not answer');
      expect(await tab.locator('h1').innerText()).toBe('running');
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 90_000);
});
