import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type {
  CommandProcess,
  EvaluatingProcess,
  ProcessLimits,
  ProcessPool,
  ProcessSlot,
} from './process-pool.js';
import { trainingProcessEnvironment } from '../../training/index.js';
import { StartedCommand, StartedEvaluatingProcess } from './supervised-process.js';

/** Names of the worker's environment variables that every process gets. */
const passed = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ'];

/** What the processes of a worker get and share. */
export interface EvaluatingProcessesOptions {
  readonly home: string;
  /** Folder whose packages the bundles import; also where commands run. */
  readonly projectRoot: string;
  readonly slots: number;
  /** Devices by slot: value of `CUDA_VISIBLE_DEVICES`. Slots beyond them see no GPU. */
  readonly devices?: readonly string[];
  /** Folder with the CUDA libraries, for slots with a device. */
  readonly cudaLibraries?: string | null;
  /** Folder of the built package; by default the one this module is part of. */
  readonly installation?: string;
  /** Arguments for Node before the script, such as a heap limit. */
  readonly nodeArguments?: readonly string[];
  /** The worker's environment, from which a few names are passed on, and those in DURAMEN_PASS_ENVIRONMENT. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface Slot {
  readonly device: string | undefined;
  warm: Warm | null;
  /** The search that it served last. */
  search: string | undefined;
}

interface Warm {
  readonly bundle: string;
  readonly limits: ProcessLimits;
  readonly process: StartedEvaluatingProcess;
}

interface Waiting {
  readonly take: (slot: Slot) => void;
}

/** One process per slot, kept warm between evaluations of the same bundle. */
export class EvaluatingProcesses implements ProcessPool {
  private readonly free: Slot[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly living = new Set<StartedEvaluatingProcess | StartedCommand>();
  private readonly installation: string;
  private closed = false;

  constructor(private readonly options: EvaluatingProcessesOptions) {
    if (!Number.isSafeInteger(options.slots) || options.slots < 1) {
      throw new Error(`A worker needs at least one slot for processes, not ${options.slots}.`);
    }
    this.installation = options.installation ?? fileURLToPath(new URL('../..', import.meta.url));
    for (let i = 0; i < options.slots; i++)
      this.free.push({ device: options.devices?.[i], warm: null, search: undefined });
  }

  async acquire(bundle: string | null, signal: AbortSignal, search?: string): Promise<ProcessSlot> {
    signal.throwIfAborted();
    if (this.closed) throw new Error('The worker is shutting down: no process is started any more.');
    const slot = this.takeFree(bundle, search) ?? (await this.wait(signal));
    slot.search = search;
    return this.lend(slot);
  }

  /** Ends every process; those that run are lost attempts. */
  async close(): Promise<void> {
    this.closed = true;
    const living = [...this.living];
    for (const each of living) each.kill();
    await Promise.all(living.map((each) => each.exited));
  }

  private takeFree(bundle: string | null, search: string | undefined): Slot | undefined {
    const loaded = (slot: Slot): boolean => slot.warm?.bundle === bundle;
    const preferred = [
      this.free.findIndex((slot) => loaded(slot) && slot.search === search),
      this.free.findIndex(loaded),
      this.free.findIndex((slot) => slot.warm === null),
    ];
    const index = preferred.find((place) => place >= 0) ?? 0;
    return this.free.splice(index, 1)[0];
  }

  private async wait(signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        take: (slot) => {
          signal.removeEventListener('abort', giveUp);
          resolve(slot);
        },
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(entry);
    });
  }

  private lend(slot: Slot): ProcessSlot {
    let started: StartedEvaluatingProcess | StartedCommand | null = null;
    let released = false;
    return {
      evaluatingProcess: (bundle, limits = {}): EvaluatingProcess => {
        if (slot.warm !== null && !serves(slot.warm, bundle, limits)) this.cool(slot);
        slot.warm ??= { bundle, limits, process: this.startEvaluatingProcess(slot, limits) };
        started = slot.warm.process;
        return slot.warm.process;
      },
      command: (command, folder, environment, limits = {}): CommandProcess => {
        // A warm process would hold memory and the device that the command wants.
        this.cool(slot);
        const process = new StartedCommand({
          installation: this.installation,
          program: '/bin/sh',
          arguments: ['-c', command],
          folder,
          environment: { ...this.environment(slot), ...environment },
          ...limits,
        });
        started = process;
        this.track(process);
        return process;
      },
      release: (warm): void => {
        if (released) return;
        released = true;
        if (!warm) {
          started?.kill();
          this.cool(slot);
        }
        const next = this.waiting.shift();
        if (next === undefined) this.free.push(slot);
        else next.take(slot);
      },
    };
  }

  private cool(slot: Slot): void {
    slot.warm?.process.kill();
    slot.warm = null;
  }

  private startEvaluatingProcess(slot: Slot, limits: ProcessLimits): StartedEvaluatingProcess {
    const script = join(this.installation, 'evaluation', 'inside', 'evaluating-process.js');
    const started = new StartedEvaluatingProcess({
      installation: this.installation,
      program: process.execPath,
      arguments: [...(this.options.nodeArguments ?? []), script, this.options.home, this.options.projectRoot],
      folder: this.options.projectRoot,
      environment: { ...trainingProcessEnvironment, ...this.environment(slot) },
      ...limits,
    });
    this.track(started);
    void started.exited.then(() => {
      if (slot.warm?.process === started) slot.warm = null;
    });
    return started;
  }

  private track(process: StartedEvaluatingProcess | StartedCommand): void {
    this.living.add(process);
    void process.exited.then(() => this.living.delete(process));
  }

  private environment(slot: Slot): Record<string, string> {
    const given = this.options.environment ?? process.env;
    const wanted = (given['DURAMEN_PASS_ENVIRONMENT'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
    const environment: Record<string, string> = {};
    for (const name of [...passed, ...wanted]) {
      const value = given[name];
      if (value !== undefined) environment[name] = value;
    }
    // A process without a device of its own sees none, whatever library it loads.
    if (slot.device !== undefined) {
      environment['CUDA_VISIBLE_DEVICES'] = slot.device;
      const { cudaLibraries = null } = this.options;
      // These libraries open one another: the loader searches the folders that the variable named at the start.
      if (cudaLibraries !== null) {
        const before = environment['LD_LIBRARY_PATH'];
        environment['LD_LIBRARY_PATH'] = before === undefined ? cudaLibraries : `${cudaLibraries}:${before}`;
      }
    } else environment['CUDA_VISIBLE_DEVICES'] ??= '-1';
    return environment;
  }
}

function serves(warm: Warm, bundle: string, { memoryMegabytes }: ProcessLimits): boolean {
  return warm.bundle === bundle && warm.limits.memoryMegabytes === memoryMegabytes;
}
