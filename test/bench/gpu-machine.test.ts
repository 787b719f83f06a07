import { describe, expect, test } from 'vitest';
import { findUsableGpus } from '../../bench/gpu/machine.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { writeShellScript } from '../support/shell-script.js';

/** What a stand-in for nvidia-smi answers; no GPU is needed. */
async function answers(overview: string, rows: readonly string[], code = 0) {
  const bin = temporaryFolder();
  const lines = rows.map((row) => `echo "${row}"`).join('; ') || ':';
  const script = `case "$*" in *--query-gpu*) ${lines};; *) echo "${overview}";; esac; exit ${code}`;
  await writeShellScript(bin, 'nvidia-smi', script);
  return findUsableGpus({ PATH: `${bin}:/usr/bin:/bin` });
}

const header = (cuda: string): string => `| Driver Version: 550.1  CUDA Version: ${cuda}  |`;
const row = (name: string, total: number, free: number, mode = 'Default', index = 0): string =>
  `${index}, ${name}, 550.1, ${total}, ${free}, ${mode}`;

describe('the GPUs of a machine', () => {
  test('usable ones, in the order of the driver', async () => {
    const rows = [
      row('A', 80_000, 79_000),
      row('B', 80_000, 900, 'Default', 1),
      row('C', 24_000, 20_000, 'Default', 2),
    ];
    expect(await answers(header('12.4'), rows)).toEqual({
      ...{ kind: 'usable', driver: '550.1', cuda: '12.4' },
      devices: [
        { index: '0', name: 'A', totalMegabytes: 80_000, freeMegabytes: 79_000 },
        { index: '2', name: 'C', totalMegabytes: 24_000, freeMegabytes: 20_000 },
      ],
    });
    expect(await answers(header('13.0'), [row('A', 80_000, 79_000)])).toMatchObject({ kind: 'usable' });
  });

  test('without a driver', async () => {
    expect(await findUsableGpus({ PATH: temporaryFolder() })).toEqual({
      kind: 'none',
      reason: expect.stringMatching(
        /^This machine has no NVIDIA driver .*: install one for CUDA 12 or later\.$/,
      ),
    });
  });

  test.each([
    ['a driver that does not answer', header('12.4'), [row('A', 1, 1)], 9, /driver does not answer/],
    [
      'a driver for another CUDA',
      header('11.8'),
      [row('A', 80_000, 79_000)],
      0,
      /supports CUDA 11\.8, and the libraries need 12/,
    ],
    ['no device', header('12.4'), [], 0, /lists no GPU/],
    [
      'a small device',
      header('12.4'),
      [row('A', 1_000, 900)],
      0,
      /A has 1000 MB of memory, and trainings need 2000/,
    ],
    [
      'a device that is taken',
      header('12.4'),
      [row('A', 80_000, 300)],
      0,
      /A has 300 of 80000 MB of memory left, because another process/,
    ],
    [
      'a closed device',
      header('12.4'),
      [row('A', 80_000, 79_000, 'Prohibited')],
      0,
      /A is closed to programs/,
    ],
  ])('%s: one sentence', async (_name, overview, rows, code, sentence) => {
    const found = await answers(overview, rows, code);
    expect(found).toEqual({ kind: 'none', reason: expect.stringMatching(sentence) });
    expect(found.kind === 'none' && found.reason.split('\n')).toHaveLength(1);
  });
});
