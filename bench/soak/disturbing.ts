import { setTimeout as delay } from 'node:timers/promises';
import { errorText, unreachable } from '../../foundation/errors/index.js';
import type { RandomStream } from '../../foundation/numbers/index.js';
import type { TestInstallation } from '../../test/support/test-installation.js';
import { runLimit, within, type DisturbedRun, type Disturbance } from '../kill-matrix/run-search.js';
import { kill, type Kill } from '../kill-matrix/victims.js';
import { fillDisk } from './disk.js';
import { drawFault, faultText, type Fault, type FaultLimits, type Frozen } from './faults.js';
import type { SteppedClock } from './stepped-clock.js';

/** Milliseconds that all faults of a run may add to it: each waits for heartbeats, retries and restarts. */
const patience = 600_000;

/** Milliseconds between two looks after the last fault. */
const nursing = 3_000;

/** What a soak does to its searches, and what it has done. */
export interface Soak {
  readonly random: RandomStream;
  readonly limits: FaultLimits;
  /** Faults of one run at most. */
  readonly faults: number;
  readonly clock: SteppedClock;
  /** The disk that homes lie on, where it can be filled. */
  readonly disk: string | null;
  readonly noted: (fault: Fault) => void;
}

/**
 * Faults at random moments until there were enough or the search has ended. Then it does what an owner would do until
 * the end: it starts again what has ended by itself, and resumes the search where a fault made it pause.
 */
export function soaked(soak: Soak): Disturbance {
  return {
    delay: patience,
    environment: soak.clock.environment,
    async disturb(run) {
      soak.clock.set(0);
      const kills: Kill[] = [];
      for (let count = 0; count < soak.faults; count += 1) {
        if (await run.isOver(300 + soak.random.below(3_000))) return kills;
        const fault = drawFault(soak.random, soak.limits);
        soak.noted(fault);
        console.error(`  ${faultText(fault)}`);
        const done = await within(runLimit, apply(fault, run, soak));
        if (done !== null) kills.push(done);
      }
      while (!(await run.isOver(nursing))) {
        await run.installation.revive();
        await tolerant(run.installation.client.handle(run.id).unpause());
      }
      return kills;
    },
  };
}

async function apply(fault: Fault, { installation, id }: DisturbedRun, soak: Soak): Promise<Kill | null> {
  const handle = installation.client.handle(id);
  switch (fault.kind) {
    case 'kill':
      return kill(installation, fault.victim);
    case 'freeze':
      await freeze(await processesOf(fault.frozen, installation), fault.seconds);
      return null;
    case 'pause':
      await tolerant(handle.pause());
      await delay(fault.seconds * 1000);
      await tolerant(handle.unpause());
      return null;
    case 'concurrency':
      await tolerant(handle.setConcurrency(fault.concurrency));
      return null;
    case 'odd message': {
      const workflow = installation.client.temporal.workflow.getHandle(id);
      await tolerant(workflow.signal(fault.message, fault.value));
      await tolerant(within(20_000, workflow.executeUpdate(fault.message, { args: [fault.value] })));
      return null;
    }
    case 'full disk':
      if (soak.disk === null) throw new Error('There is no disk of its own to fill.');
      await fillDisk(soak.disk, fault.seconds);
      await installation.revive();
      return null;
    case 'clock step':
      soak.clock.set(fault.seconds);
      return null;
    default:
      return unreachable(fault, 'fault');
  }
}

async function processesOf(frozen: Frozen, installation: TestInstallation): Promise<readonly number[]> {
  switch (frozen) {
    case 'evaluating process':
      return installation.evaluations();
    case 'trainer worker':
      return present(installation.workerProcess('trainer'));
    case 'search worker':
      return present(installation.workerProcess('search'));
    case 'server':
      return present(await installation.serverProcess());
    default:
      return unreachable(frozen, 'process');
  }
}

function present(pid: number | null): readonly number[] {
  return pid === null ? [] : [pid];
}

async function freeze(processes: readonly number[], seconds: number): Promise<void> {
  for (const pid of processes) signal(pid, 'SIGSTOP');
  await delay(seconds * 1000);
  for (const pid of processes) signal(pid, 'SIGCONT');
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A message may be refused, or meet an ended search, a frozen worker or a dead server: that is what a soak tries. */
async function tolerant(message: Promise<unknown>): Promise<void> {
  await message.catch((error: unknown) => {
    console.error(`    refused: ${errorText(error).split('\n')[0] ?? ''}`);
  });
}
