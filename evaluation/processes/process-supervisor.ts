/*
 * Runs one command and guards its process group: `node process-supervisor.js PROGRAM ARGUMENT...`.
 *
 * The worker starts it as leader of a new session, with the command's standard streams and message pipe (3) to pass on
 * and the life pipe (4) for itself. When the life pipe closes, because the worker is gone, or when the command ends,
 * the supervisor writes how the command ended to the life pipe, kills what the command started and what then left the
 * group, and kills the whole group, itself included.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { endLeftProcesses, supervisionVariable } from './left-processes.js';

const lifePipe = 4;

function endGroup(): never {
  const mark = process.env[supervisionVariable];
  if (mark !== undefined) endLeftProcesses(mark);
  process.kill(-process.pid, 'SIGKILL');
  // Unreachable unless this process is not the leader of its group.
  process.exit(1);
}

function tell(exit: { code: number | null; signal: string | null; startError: string | null }): void {
  try {
    writeSync(lifePipe, `${JSON.stringify(exit)}\n`);
  } catch {
    // The worker, the only reader of this pipe, is gone.
  }
}

const [program, ...programArguments] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('process-supervisor: name the program to run.\n');
  process.exit(2);
}

const life = new Socket({ fd: lifePipe });
life.on('error', endGroup);
life.on('close', endGroup);
life.on('end', endGroup);
life.resume();

// Ignore signals to the group: they are for the command, and the supervisor has to outlive it to report its end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const child = spawn(program, programArguments, { stdio: ['inherit', 'inherit', 'inherit', 3] });
child.on('error', (error) => {
  tell({ code: null, signal: null, startError: error.message });
  endGroup();
});
child.on('exit', (code, signal) => {
  tell({ code, signal, startError: null });
  endGroup();
});
