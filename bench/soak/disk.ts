import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Names the folder of the small disk to the process that runs on it. */
const variable = 'DURAMEN_SOAK_DISK';
const sizeMegabytes = 512;
const unshare = ['--user', '--map-root-user', '--mount'];

/** The folder of the disk that this process may fill; null where it has none. */
export function ownDisk(): string | null {
  return process.env[variable] ?? null;
}

/**
 * Runs this command again with a small disk of its own (a tmpfs in a mount namespace, gone with the process) and
 * answers its exit status; null where the system allows no such disk.
 */
export function runOnOwnDisk(): number | null {
  const folder = mkdtempSync(join(tmpdir(), 'duramen-soak-'));
  try {
    const mount = `mount -t tmpfs -o size=${sizeMegabytes}m tmpfs "$1"`;
    const tried = spawnSync('unshare', [...unshare, 'sh', '-c', mount, 'sh', folder], { stdio: 'ignore' });
    if (tried.status !== 0) return null;
    const { status } = spawnSync(
      'unshare',
      [...unshare, 'sh', '-c', `${mount} && shift && exec "$@"`, 'sh', folder, ...process.argv],
      { stdio: 'inherit', env: { ...process.env, [variable]: folder, TMPDIR: folder } },
    );
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fills a disk to its last byte, waits, and frees it. */
export async function fillDisk(folder: string, seconds: number): Promise<void> {
  const file = join(folder, 'filler');
  const descriptor = openSync(file, 'w');
  const until = Date.now() + seconds * 1000;
  try {
    // What others free meanwhile is taken, too.
    for (;;) {
      for (const size of [1 << 22, 1 << 12, 1]) writeUntilFull(descriptor, size);
      if (Date.now() >= until) return;
      await delay(250);
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}

function writeUntilFull(descriptor: number, size: number): void {
  const zeros = Buffer.alloc(size);
  // Counted, so that a disk that is never full ends the loop as well.
  for (let count = 0; count < (sizeMegabytes << 20) / size; count += 1) {
    try {
      if (writeSync(descriptor, zeros) < size) return;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}
