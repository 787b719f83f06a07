import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import { command, type SearchDefinition, toDefinition, defineSearch } from '../../searches/index.js';
import { ArtifactStore, FileBlobStore, VouchedDefinitions } from '../../storage/index.js';
import {
  adoptUpdate,
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  type SearchInput,
} from '../../workflows/messages/index.js';
import { TestInstallation } from '../support/test-installation.js';

const refusal = /does not vouch for the definition/;

describe('whoever reaches the ports but not the home runs nothing', () => {
  const installation = new TestInstallation(inject('temporalCliPath'));
  const mark = join(installation.home, 'ran');

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    await installation.start();
  }, 60_000);
  afterAll(() => installation.close());

  /** A search whose one trial leaves a mark. */
  const evil = (name: string): SearchDefinition =>
    toDefinition(
      defineSearch({
        name,
        space: space({ x: float(0, 1) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 1 },
        evaluate: command(`echo ${name} >> ${mark}; echo '{"metrics":{"loss":1}}'`),
      }),
      { hash: '', packages: '' },
    );
  const inputOf = (definition: SearchDefinition): SearchInput => ({
    definition: { kind: 'inline', definition },
    level: 0,
    context: {},
    parentPaused: false,
  });
  const started = { workflowType: { name: SEARCH_WORKFLOW }, taskQueue: { name: SEARCH_QUEUE } };
  const isKnown = async (name: string): Promise<boolean> =>
    installation.client.temporal.workflow
      .getHandle(name)
      .describe()
      .then(
        () => true,
        () => false,
      );
  const failureOf = async (name: string): Promise<string> => {
    const ended: unknown = await installation.client.temporal.workflow
      .getHandle(name)
      .result()
      .catch((error: unknown) => error);
    return ended instanceof WorkflowFailedError ? deepest(ended) : `It ended with ${String(ended)}.`;
  };

  test('the HTTP API of the frontend answers to no page of another site', async () => {
    const { server } = installation;
    const status = await server.status();
    if (status.kind !== 'running') throw new Error('The server does not run.');
    const known = [portOf(status.server.address), portOf(status.server.uiAddress)];
    const others = listeningPorts(status.server.pid).filter((port) => !known.includes(port));
    expect(others).not.toEqual([]);
    const path = '/api/v1/namespaces/default/workflows/evil-post';
    const body = JSON.stringify({ ...started, input: [inputOf(evil('evil-post'))] });
    for (const host of ['evil.example', 'localhost', '127.0.0.1']) {
      for (const port of others) {
        const headers = { host, origin: 'http://evil.example', 'content-type': 'text/plain' };
        const { code } = await send(port, path, headers, body);
        // Ports that speak no HTTP at all break the connection.
        expect([0, 403, 404]).toContain(code);
      }
    }
    expect(await isKnown('evil-post')).toBe(false);
    expect(existsSync(mark)).toBe(false);
  }, 60_000);

  test('a page that the UI takes for its own starts nothing that is carried out', async () => {
    const port = portOf(installation.uiAddress);
    const host = 'rebound.example';
    const page = await send(port, '/', { host }, null);
    const token = /_csrf=([^;]+)/.exec(page.cookies.join(';'))?.[1] ?? '';
    const headers = {
      host,
      origin: `http://${host}`,
      cookie: `_csrf=${token}`,
      'x-csrf-token': token,
      'content-type': 'application/json',
    };
    const path = '/api/v1/namespaces/default/workflows/evil-page';
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const payload = {
      metadata: { encoding: base64('json/plain') },
      data: base64(JSON.stringify(inputOf(evil('evil-page')))),
    };
    const body = JSON.stringify({ ...started, input: { payloads: [payload] } });
    const answer = await send(port, path, headers, body);
    expect([answer.code, answer.text]).toEqual([200, expect.stringContaining('runId')]);
    expect(await failureOf('evil-page')).toMatch(refusal);
    expect(existsSync(mark)).toBe(false);
  }, 60_000);

  test('another user of the machine cannot start, adopt, store or evaluate a definition', async () => {
    const { temporal } = installation.client;
    const start = async (name: string, input: SearchInput): Promise<string> => {
      await temporal.workflow.start(SEARCH_WORKFLOW, {
        workflowId: name,
        taskQueue: SEARCH_QUEUE,
        args: [input],
      });
      return failureOf(name);
    };
    expect(await start('evil-inline', inputOf(evil('evil-inline')))).toMatch(refusal);

    // Not even when its text lies in the artifact store, where activities put much.
    const artifacts = new ArtifactStore(new FileBlobStore(installation.home));
    const hash = await artifacts.put(Buffer.from(JSON.stringify(evil('evil-stored'))));
    const stored = { ...inputOf(evil('evil-stored')), definition: { kind: 'stored', hash } as const };
    expect(await start('evil-stored', stored)).toMatch(refusal);
    await expect(installation.client.resume('evil-stored')).rejects.toThrow(/does not vouch/);

    const honest = await installation.define(
      {
        name: 'honest',
        space: space({ x: float(0, 1) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 2 },
      },
      'async (p) => { await new Promise((resolve) => setTimeout(resolve, 3_000)); return { loss: p.x }; }',
    );
    const { handle } = await installation.search(honest);
    const { evaluator } = evil('honest');
    const adopting: unknown = await temporal.workflow
      .getHandle('honest')
      .executeUpdate(adoptUpdate, { args: [{ ...honest, evaluator }] })
      .catch((error: unknown) => error);
    expect(adopting).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(deepest(adopting)).toMatch(refusal);
    expect((await handle.result()).trials).toBe(2);
    expect(existsSync(mark)).toBe(false);
  }, 60_000);

  test('a worker of somebody else cannot have activities carried out', async () => {
    const { temporal } = installation.client;
    const definition = evil('evil-activity');
    const setting = { definition, level: 0, context: {} };
    const artifacts = new ArtifactStore(new FileBlobStore(installation.home));
    const address = await artifacts.put(Buffer.from(JSON.stringify(setting)));
    const opened = {
      kind: 'opened',
      search: 'evil-activity',
      definition,
      level: 0,
      context: {},
      version: '0',
    };
    const trial = { search: 'evil-activity', address, index: 0, genome: [0.5], seed: '00', repetition: 0 };
    const open = {
      ...inputOf(definition),
      search: 'evil-activity',
      token: 't',
      adopt: false,
      supersede: false,
    };
    const position = { records: 0, hash: '' };
    const append = { search: 'evil-activity', epoch: 1, position, records: [opened] };
    const calls: readonly (readonly [activity: string, queue: string, argument: object])[] = [
      ['storeAddress', SEARCH_QUEUE, setting],
      ['openSearch', SEARCH_QUEUE, { ...open, parent: 'forged' }],
      ['appendJournal', SEARCH_QUEUE, append],
      ['evaluateLight', SEARCH_QUEUE, trial],
      ['evaluate', 'duramen-cpu', trial],
    ];
    const connection = await NativeConnection.connect({ address: installation.client.address });
    const worker = await Worker.create({
      connection,
      namespace: 'default',
      taskQueue: 'forged',
      workflowsPath: fileURLToPath(new URL('./forged-workflows.ts', import.meta.url)),
    });
    try {
      await worker.runUntil(async () => {
        for (const [activity, queue, argument] of calls) {
          const ended: unknown = await temporal.workflow
            .execute('forged', {
              workflowId: `forged-${activity}`,
              taskQueue: 'forged',
              args: [activity, queue, argument],
            })
            .catch((error: unknown) => error);
          expect([activity, deepest(ended)]).toEqual([activity, expect.stringMatching(refusal)]);
        }
      });
    } finally {
      await connection.close();
    }
    expect(existsSync(mark)).toBe(false);
    expect(await new VouchedDefinitions(new FileBlobStore(installation.home)).has(definition)).toBe(false);
  }, 90_000);

  test('no other user reads a home', () => {
    expect(statSync(installation.home).mode & 0o077).toBe(0);
    for (const name of readdirSync(installation.home)) {
      expect([name, statSync(join(installation.home, name)).mode & 0o077]).toEqual([name, 0]);
    }
  });
});

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}

/** Messages of an error and of all that caused it. */
function deepest(error: unknown): string {
  const said: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) said.push(each.message);
  return said.length === 0 ? `no error but ${JSON.stringify(error)}` : said.join(': ');
}

/** Ports on which a process listens. */
function listeningPorts(pid: number): readonly number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? [];
      } catch {
        // Closed since the folder was read.
        return [];
      }
    }),
  );
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const isListening = fields[3] === '0A' && sockets.has(fields[9] ?? '');
    return isListening ? [Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16)] : [];
  });
}

/** Sends what a browser would send; `code` 0: the other side speaks no HTTP. */
async function send(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): Promise<{ readonly code: number; readonly cookies: readonly string[]; readonly text: string }> {
  return new Promise((resolve) => {
    const method = body === null ? 'GET' : 'POST';
    const asked = request({ host: '127.0.0.1', port, path, method, headers, timeout: 5_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (more: string) => (text += more));
      answer.on('end', () =>
        resolve({ code: answer.statusCode ?? 0, cookies: answer.headers['set-cookie'] ?? [], text }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', () => resolve({ code: 0, cookies: [], text: '' }));
    asked.end(body ?? undefined);
  });
}
