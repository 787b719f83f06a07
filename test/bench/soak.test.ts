import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { drawFault, faultText, type Fault, type FaultLimits } from '../../bench/soak/faults.js';
import { soakTable } from '../../bench/soak/soak-table.js';
import { SteppedClock } from '../../bench/soak/stepped-clock.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const limits: FaultLimits = { disk: true, light: false, longestFreeze: 60, fullDisk: 20 };

function drawn(of: FaultLimits, count = 2_000): readonly Fault[] {
  const random = new RandomStream(rngFromSeed(1));
  return Array.from({ length: count }, () => drawFault(random, of));
}

test('a soak draws every kind of fault, of bounded length, each with a text of its own', () => {
  const faults = drawn(limits);
  expect(new Set(faults.map(({ kind }) => kind)).size).toBe(7);
  for (const fault of faults) {
    if (fault.kind !== 'freeze') continue;
    expect(fault.seconds).toBeGreaterThanOrEqual(5);
    expect(fault.seconds).toBeLessThanOrEqual(60);
  }
  const steps = faults.flatMap((fault) => (fault.kind === 'clock step' ? [fault.seconds] : []));
  expect(Math.min(...steps)).toBeLessThan(-1_000);
  expect(Math.max(...steps)).toBeGreaterThan(1_000);
  expect(new Set(faults.map(faultText)).size).toBeGreaterThan(50);
});

test('it fills no disk that is not its own and strikes no trainer where there is none', () => {
  const faults = drawn({ ...limits, disk: false, light: true });
  expect(faults.some(({ kind }) => kind === 'full disk')).toBe(false);
  const struck = faults.flatMap((fault) =>
    fault.kind === 'kill' ? [fault.victim] : fault.kind === 'freeze' ? [fault.frozen] : [],
  );
  expect([...new Set(struck)].sort()).toEqual(['everything', 'search worker', 'server']);
});

test('its table counts faults and differences, with sums in the last line', () => {
  const kind = { runs: 2, lost: 0, duplicated: 1, zombies: 0, mismatches: 3, weights: 4, problems: [] };
  const lines = soakTable([
    { ...kind, search: 'flat', faults: { kill: 3 } },
    { ...kind, search: 'one-shot', faults: { kill: 1, 'full disk': 2 } },
  ]).split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines.at(-1)?.split(/ +/)).toEqual([
    'all',
    '4',
    '4',
    '0',
    '0',
    '0',
    '0',
    '2',
    '0',
    '0',
    '2',
    '0',
    '6',
    '8',
  ]);
});

test('the clock of a process steps while it runs, its monotonic clock does not', async () => {
  const clock = new SteppedClock(temporaryFolder());
  const program = `process.stdin.on('data', () => console.log(Date.now(), performance.now()))`;
  const child = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, ...clock.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (): Promise<readonly [number, number]> => {
    child.stdin.write('?');
    const { value } = (await lines.next()) as { readonly value: string };
    const [wall = NaN, monotonic = NaN] = value.split(' ').map(Number);
    return [wall, monotonic];
  };
  const [before, from] = await ask();
  clock.set(-3_600);
  const [after, to] = await ask();
  const passed = to - from;
  expect(Math.abs(after - before + 3_600_000 - passed)).toBeLessThan(1_000);
  expect(passed).toBeGreaterThan(0);
  child.kill();
  await once(child, 'exit');
});
