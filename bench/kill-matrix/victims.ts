import { unreachable } from '../../foundation/errors/index.js';
import type { TestInstallation, WorkerRole } from '../../test/support/test-installation.js';

/** What is killed: the processes that evaluate, a worker, the Temporal server, or all of them at once. */
export type Victim = 'evaluating process' | 'trainer worker' | 'search worker' | 'server' | 'everything';

export const victims: readonly Victim[] = [
  'evaluating process',
  'trainer worker',
  'search worker',
  'server',
  'everything',
];

/** The worker processes of an installation of the matrix. */
export const roles: readonly WorkerRole[] = ['search', 'trainer'];

/** One kill; times in milliseconds since 1970. */
export interface Kill {
  readonly killed: number;
  /** When the killed processes were up again. */
  readonly up: number;
  /** Evaluating processes that ended with it. */
  readonly processes: readonly number[];
}

/** Kills with SIGKILL, and starts the processes again that do not start by themselves. */
export async function kill(installation: TestInstallation, victim: Victim): Promise<Kill> {
  const evaluating = installation.evaluations();
  const killed = Date.now();
  const processes = await strike(installation, victim, evaluating);
  return { killed, up: Date.now(), processes };
}

async function strike(
  installation: TestInstallation,
  victim: Victim,
  evaluating: readonly number[],
): Promise<readonly number[]> {
  switch (victim) {
    case 'evaluating process':
      return installation.killEvaluations();
    case 'trainer worker':
      await installation.killWorker('trainer');
      await installation.startWorker(2, 'trainer');
      return evaluating;
    case 'search worker':
      await installation.killWorker('search');
      await installation.startWorker(2, 'search');
      return [];
    case 'server':
      await installation.killServer();
      await installation.server.start();
      return [];
    case 'everything':
      installation.killEvaluations();
      await Promise.all([installation.killServer(), ...roles.map((role) => installation.killWorker(role))]);
      await Promise.all(roles.map((role) => installation.startWorker(2, role)));
      return evaluating;
    default:
      return unreachable(victim, 'victim');
  }
}
