import { spawn } from 'node:child_process';
import os from 'node:os';

// One Ctrl-C may reach a script several times within milliseconds: from the terminal, and from those
// versions of npm that pass it on. A person who presses it twice is slower than this.
const defaultSameSignalWithinMs = 300;

/**
 * Runs a Node script as the visible part of this process: same terminal, signals passed on once each, and
 * its exit code as result (128 + n when signal n ended it, as shells say it).
 */
export function runInForeground(nodeArguments, options = {}) {
  const { folder, sameSignalWithinMs = defaultSameSignalWithinMs } = options;
  const child = spawn(process.execPath, nodeArguments, {
    cwd: folder,
    stdio: 'inherit',
    // On a terminal in a process group of its own, so that Ctrl-C arrives by way of this process only.
    detached: process.stdin.isTTY === true,
  });
  const lastSeen = new Map();
  const passOn = (signal) => {
    const now = performance.now();
    const before = lastSeen.get(signal);
    lastSeen.set(signal, now);
    if (before === undefined || now - before > sameSignalWithinMs) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const passed of signals) process.off(passed, passOn);
      resolve(signal === null ? code : 128 + os.constants.signals[signal]);
    });
  });
}
