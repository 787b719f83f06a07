import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const lookMilliseconds = 100;
const sayMilliseconds = 3000;

/**
 * Takes the lock that `file` is, waiting for the process that holds it, and answers the function that gives it back. The
 * lock names its process by id and start: it is void once that process is gone, also when its id is used again, and
 * never for another reason, however long its process stands still. Calls `say` when it waits for more than three seconds. Throws an
 * error of code `ELOCKED` after `patience` milliseconds.
 */
export async function takeLock(file, { say = () => {}, patience = Infinity } = {}) {
  await mkdir(path.dirname(file), { recursive: true });
  const own = JSON.stringify({ pid: process.pid, start: processStart(process.pid), token: randomUUID() });
  const since = Date.now();
  let hasSaid = false;
  while (!(await isPlaced(file, own))) {
    const held = await contentOf(file);
    if (held === undefined) continue;
    if (!isHeld(held)) {
      await removeVoid(file, held);
      continue;
    }
    const waited = Date.now() - since;
    if (waited > patience) {
      throw Object.assign(new Error(`${file} is held by process ${ownerOf(held)?.pid}.`), {
        code: 'ELOCKED',
      });
    }
    if (waited > sayMilliseconds && !hasSaid) {
      hasSaid = true;
      say(`waiting for process ${ownerOf(held)?.pid}, which holds ${file}`);
    }
    await pause(lookMilliseconds);
  }
  return async () => {
    if ((await contentOf(file)) === own) await rm(file, { force: true });
  };
}

// Written beside it and linked, so that no moment shows a lock without its owner.
async function isPlaced(file, content) {
  const fresh = `${file}.${randomUUID()}`;
  await writeFile(fresh, content);
  try {
    await link(fresh, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

// Another process may have done so, and have placed a lock of its own since `content` was read: that one is put back.
async function removeVoid(file, content) {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  try {
    if ((await contentOf(aside)) !== content) await link(aside, file).catch(() => undefined);
  } finally {
    await rm(aside, { force: true });
  }
}

async function contentOf(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

// A lock of a form that no process writes, such as an empty one of an earlier version, is void.
function isHeld(content) {
  const owner = ownerOf(content);
  return owner !== undefined && processStart(owner.pid) === owner.start;
}

function ownerOf(content) {
  try {
    const { pid, start } = JSON.parse(content);
    return Number.isSafeInteger(pid) && typeof start === 'string' ? { pid, start } : undefined;
  } catch {
    return undefined;
  }
}

/** When a process started, in a form that only this system compares; null when there is none. */
function processStart(pid) {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Clock ticks since boot, field 22; the second field may itself hold spaces and brackets. A zombie is gone.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
