import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emptyJournal,
  FileBlobStore,
  JournalError,
  journalFolder,
  JournalStore,
  type JournalPosition,
} from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Entry {
  readonly value: number;
  readonly space?: object;
}

const entries = (from: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, offset) => ({ value: from + offset }));

class Desk {
  readonly folder = temporaryFolder();
  readonly store = new JournalStore<Entry>(new FileBlobStore(this.folder));
  readonly records = join(this.folder, 'journals/study/=records');

  /** Segments of the given lengths in a first epoch. */
  async write(...lengths: readonly number[]): Promise<JournalPosition> {
    await this.store.openEpoch('study', 'first');
    let position = emptyJournal;
    for (const length of lengths)
      position = await this.append(1, position, entries(position.records, length));
    return position;
  }

  async append(
    epoch: number,
    position: JournalPosition,
    records: readonly Entry[],
  ): Promise<JournalPosition> {
    const result = await this.store.append('study', epoch, position, records);
    if (result.kind === 'behind') throw new Error('behind');
    return result.position;
  }

  async values(): Promise<number[]> {
    return (await this.store.read('study')).map(({ record }) => record.value);
  }

  segments(): string[] {
    return readdirSync(this.records).sort();
  }

  edit(segment: string, change: (text: string) => string): void {
    const file = join(this.records, segment);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }

  async refusal(): Promise<string> {
    const error = await this.store.read('study').then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof JournalError)) throw new Error('the journal was read');
    return error.message;
  }
}

describe('folders', () => {
  test('a search of any id has a journal of its own, and plain ids stay where earlier builds kept them', async () => {
    const desk = new Desk();
    const ids = [
      'a:b',
      'a=3Ab',
      'a b',
      'ä',
      '.a',
      '..',
      'a=b',
      'run-2026-08-01T09:00:00Z/first',
      'a/=records',
    ];
    for (const [epoch, id] of ids.entries()) {
      expect(await desk.store.openEpoch(id, 'token')).toBe(1);
      await desk.store.append(id, 1, emptyJournal, entries(epoch, 1));
    }
    for (const [epoch, id] of ids.entries())
      expect((await desk.store.read(id)).map(({ record }) => record.value)).toEqual([epoch]);
    expect(journalFolder('co-design/3/arch_1.5')).toBe('journals/co-design/3/arch_1.5');
    expect(journalFolder('a=b')).toBe('journals/a=b');
    expect(journalFolder('../x')).toBe('journals/=2E./x');
  });
});

describe('records', () => {
  test('come back in order, numbered and chained, whatever the segments', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
      async (lengths) => {
        const desk = new Desk();
        const position = await desk.write(...lengths);
        const read = await desk.store.read('study');
        expect(read.map(({ record, number }) => [record.value, number])).toEqual(
          Array.from({ length: position.records }, (_, number) => [number, number]),
        );
        expect(read.at(-1)?.hash ?? emptyJournal.hash).toBe(position.hash);
        expect(await desk.store.read('study', 2)).toEqual(read.slice(2));
        expect(await desk.store.exists('study')).toBe(lengths.length > 0);
      },
    );
    await fc.assert(property, { numRuns: 15, seed: 1 });
  });

  test('keep the order of keys, which is the order of decisions', async () => {
    const desk = new Desk();
    await desk.write();
    await desk.append(1, emptyJournal, [{ value: 0, space: { b: 1, a: 2, 10: 3, 9: 4 } }]);
    const [read] = await desk.store.read('study');
    expect(JSON.stringify(read?.record)).toBe('{"value":0,"space":{"9":4,"10":3,"b":1,"a":2}}');
  });

  test('of searches inside others are apart', async () => {
    const desk = new Desk();
    await desk.write(2);
    await desk.store.openEpoch('study/3/inner', 'x');
    await desk.store.append('study/3/inner', 1, emptyJournal, [{ value: 99 }]);
    expect(await desk.values()).toEqual([0, 1]);
    expect((await desk.store.read('study/3/inner')).length).toBe(1);
    expect(await desk.store.exists('study/3')).toBe(false);
  });

  test('an append that is repeated is answered like the first time', async () => {
    const desk = new Desk();
    const position = await desk.write(3);
    const first = await desk.append(1, position, entries(3, 4));
    const later = await desk.append(1, first, entries(7, 2));
    expect(await desk.append(1, position, entries(3, 4))).toEqual(first);
    expect(later.records).toBe(9);
    expect(await desk.store.append('study', 1, position, entries(90, 4))).toEqual({ kind: 'behind' });
    expect(await desk.values()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await desk.append(1, later, [])).toEqual(later);
  });
});

describe('a journal that was tampered with is refused, naming the segment', () => {
  test('a changed record', async () => {
    const desk = new Desk();
    await desk.write(3, 3, 3);
    const segment = desk.segments()[1] ?? '';
    desk.edit(segment, (text) => text.replace('{"value":4}', '{"value":5}'));
    expect(await desk.refusal()).toMatch(
      new RegExp(`${segment} was changed at record 4 \\(epoch 1, line 2\\): .*backup\\.$`),
    );
  });

  test('a changed hash, number, line or order of lines', async () => {
    for (const change of [
      (text: string) => text.replace(/"hash":"./, '"hash":"x'),
      (text: string) => text.replace('"number":3', '"number":4'),
      (text: string) => text.replace('"record"', '"recrod"'),
      (text: string) => text.replace('{"hash"', '"hash"'),
      (text: string) => text.split('\n').slice(0, 3).reverse().join('\n') + '\n',
      (text: string) => text.split('\n').slice(1).join('\n'),
      (text: string) => `${text}null\n`,
    ]) {
      const desk = new Desk();
      await desk.write(3, 3);
      const segment = desk.segments()[1] ?? '';
      desk.edit(segment, change);
      expect(await desk.refusal()).toContain(segment);
    }
  });

  test('any single byte that was changed', async () => {
    const desk = new Desk();
    await desk.write(2, 2);
    const segment = desk.segments()[1] ?? '';
    const file = join(desk.records, segment);
    const whole = readFileSync(file);
    for (let place = 0; place < whole.length; place++) {
      const changed = Buffer.from(whole);
      changed[place] = (whole[place] ?? 0) ^ (1 << (place % 8));
      writeFileSync(file, changed);
      expect(await desk.refusal()).toContain(segment);
    }
  });

  test('the error tells the place of the record', async () => {
    const desk = new Desk();
    await desk.write(3, 3);
    const segment = desk.segments()[1] ?? '';
    desk.edit(segment, (text) => text.replace('{"value":5}', '{"value":7}'));
    const error: unknown = await desk.store.read('study').catch((reason: unknown) => reason);
    const place = { record: 5, epoch: 1, segment: `journals/study/=records/${segment}` };
    expect(error instanceof JournalError && error.place).toEqual(place);
    expect(await desk.store.placeOf('study', 5)).toEqual(place);
    expect(await desk.store.placeOf('nobody', 0)).toBe(null);
  });

  test('a segment that was cut off anywhere, the last one too', async () => {
    const desk = new Desk();
    await desk.write(3, 3);
    const segment = desk.segments()[1] ?? '';
    const whole = readFileSync(join(desk.records, segment), 'utf8');
    const lengths = [
      0,
      1,
      50,
      whole.indexOf('\n'),
      whole.indexOf('\n') + 1,
      whole.lastIndexOf('\n', whole.length - 2),
    ];
    for (const length of lengths) {
      desk.edit(segment, () => whole.slice(0, length));
      expect(await desk.refusal()).toContain(segment);
    }
    desk.edit(segment, () => whole);
    expect(await desk.values()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('segments that are missing or exchanged', async () => {
    const missing = new Desk();
    await missing.write(2, 2, 2);
    rmSync(join(missing.records, missing.segments()[1] ?? ''));
    expect(await missing.refusal()).toMatch(
      new RegExp(`gap: segment \\S*${missing.segments()[1]} starts at record 4, but only 2 records`),
    );
    const exchanged = new Desk();
    await exchanged.write(2, 2, 2);
    const [, second = '', third = ''] = exchanged.segments();
    copyFileSync(join(exchanged.records, third), join(exchanged.records, second));
    expect(await exchanged.refusal()).toContain(second);
  });
});

describe('epochs', () => {
  test('the same token has the same epoch, also after a later one', async () => {
    const desk = new Desk();
    expect(await desk.store.openEpoch('study', 'a')).toBe(1);
    expect(await desk.store.openEpoch('study', 'a')).toBe(1);
    expect(await desk.store.openEpoch('study', 'b')).toBe(2);
    expect(await desk.store.openEpoch('study', 'a')).toBe(1);
    expect(await desk.store.openEpoch('study', 'c')).toBe(3);
    expect(await desk.store.openEpoch('study', 'b')).toBe(2);
  });

  test('writers that open at the same time have epochs of their own', async () => {
    const desk = new Desk();
    const tokens = Array.from({ length: 8 }, (_, writer) => `writer-${writer}`);
    const epochs = await Promise.all(tokens.map((token) => desk.store.openEpoch('study', token)));
    expect([...epochs].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a later epoch puts the writer of an earlier one behind', async () => {
    const desk = new Desk();
    const position = await desk.write(4);
    await desk.store.openEpoch('study', 'second');
    expect(await desk.store.append('study', 1, position, entries(4, 1))).toEqual({ kind: 'behind' });
    expect(await desk.values()).toEqual([0, 1, 2, 3]);
    const next = await desk.append(2, position, entries(4, 2));
    expect(next.records).toBe(6);
  });

  test('of two writers at one position one wins, and what was read stays true', async () => {
    const desk = new Desk();
    const position = await desk.write(1);
    const results = await Promise.all(
      [10, 20, 30].map((value) => desk.store.append('study', 1, position, [{ value }])),
    );
    expect(results.filter(({ kind }) => kind === 'written').length).toBe(1);
    expect((await desk.values()).length).toBe(2);
  });

  test('a later epoch supersedes the tail from its first record on', async () => {
    const desk = new Desk();
    await desk.store.openEpoch('study', 'first');
    const two = await desk.append(1, emptyJournal, entries(0, 2));
    const four = await desk.append(1, two, entries(2, 2));
    await desk.append(1, four, entries(4, 2));
    await desk.store.openEpoch('study', 'second');
    const other = await desk.append(2, two, entries(20, 1));
    expect(await desk.values()).toEqual([0, 1, 20]);
    await desk.append(2, other, entries(30, 5));
    expect(await desk.values()).toEqual([0, 1, 20, 30, 31, 32, 33, 34]);
    // A segment of the first epoch that arrives late changes nothing.
    await desk.store.openEpoch('study', 'third');
    expect((await desk.store.append('study', 2, other, entries(40, 1))).kind).toBe('behind');
  });

  test('a superseding epoch in the middle of a segment goes on from the record before it', async () => {
    const desk = new Desk();
    await desk.write(4);
    const [, second] = await desk.store.read('study');
    await desk.store.openEpoch('study', 'second');
    await desk.append(2, { records: 2, hash: second?.hash ?? '' }, entries(20, 2));
    expect(await desk.values()).toEqual([0, 1, 20, 21]);
  });
});

describe('snapshots', () => {
  const state = Uint8Array.from({ length: 300 }, (_, place) => place % 256);

  test('hold a state and its place', async () => {
    const desk = new Desk();
    const position = await desk.write(3);
    expect(await desk.store.snapshot('study')).toBe(null);
    await desk.store.putSnapshot('study', 1, position, state);
    const found = await desk.store.snapshot('study');
    expect(found).toMatchObject({ position, epoch: 1 });
    expect(Uint8Array.from(found?.state ?? [])).toEqual(state);
    await desk.store.putSnapshot('study', 1, position, state.subarray(0, 0));
    expect((await desk.store.snapshot('study'))?.state.length).toBe(0);
  });

  test('that are damaged are none', async () => {
    const desk = new Desk();
    const file = join(desk.folder, 'journals/study/=snapshot');
    await desk.store.putSnapshot('study', 1, await desk.write(3), state);
    const whole = readFileSync(file);
    for (const bytes of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 20),
      whole.subarray(1),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.from('x')]),
      Buffer.from('null\n'),
      Buffer.from('{"records":1}\nstate'),
    ]) {
      writeFileSync(file, bytes);
      expect(await desk.store.snapshot('study')).toBe(null);
    }
  });
});
