import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

// Linux tells of its processes in files, so no other program is needed.

/** The evaluating process below a worker that computes most just now; null where none does. */
export async function busiestProcess(worker) {
  const before = evaluating(worker);
  await delay(300);
  let [busiest, most] = [null, 0];
  for (const [pid, ticks] of evaluating(worker)) {
    const spent = ticks - (before.get(pid) ?? ticks);
    if (spent > most) [busiest, most] = [pid, spent];
  }
  return busiest;
}

/** Processor time of all evaluating processes below a process, by id. */
function evaluating(ancestor) {
  const found = new Map();
  const family = new Set([ancestor]);
  const all = [...processes()];
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  for (const { pid, ticks } of all) {
    if (family.has(pid) && commandOf(pid).includes('evaluating-process')) found.set(pid, ticks);
  }
  return found;
}

function* processes() {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name of the command may hold spaces and brackets; state, parent and times follow it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      yield { pid: Number(name), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
    } catch {
      // The process ended while it was being read.
    }
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
