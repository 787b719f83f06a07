import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmProgram } from '../contract/algorithm.js';
import { Configuration } from '../contract/configuration.js';

/** Options of an algorithm that a program of the user decides; all have defaults. */
export interface OwnOptions {
  /** Proposals that the program is asked for at a time, 1 … 256 (1). It may answer with fewer. */
  readonly batch?: number;
  /**
   * Outcomes of its proposals that the program hears before it is asked again, 0 … 256 (as many as `batch`). With 0 it is
   * asked whenever the search can propose.
   */
  readonly waitsFor?: number;
  /** Milliseconds after which an answer is too late (60,000). */
  readonly timeout?: number;
}

/** Checked options, and the program. */
export type OwnConfig = {
  readonly program: AlgorithmProgram;
  readonly batch: number;
  readonly waitsFor: number;
};

const mostProposals = 256;
const longestTimeout = 24 * 3_600_000;
const defaultTimeout = 60_000;
const hashPattern = /^[0-9a-f]{64}$/;

/** The options as a definition holds them. */
export function plainOwnOptions({ batch = 1, waitsFor = batch, timeout = defaultTimeout }: OwnOptions) {
  return { batch, waitsFor, timeout };
}

/** Checks a configuration of functions of a search file. */
export function configureFunctions(config: unknown): OwnConfig {
  const fields = new Configuration('custom', config, ['bundle', 'packages', 'batch', 'waitsFor', 'timeout']);
  const bundle = fields.value('bundle');
  if (bundle === undefined) {
    throw new AlgorithmError(
      'custom runs functions of a search file, and only the level of one can have it: put custom({ ask, tell }) straight ' +
        'under `algorithm`, not inside another algorithm or in workflow code',
    );
  }
  if (typeof bundle !== 'string' || !hashPattern.test(bundle))
    return fields.refuse('bundle', 'the hash of a bundle');
  const packages = fields.value('packages') ?? '';
  if (typeof packages !== 'string') return fields.refuse('packages', 'the hash of a lock file');
  return { program: { kind: 'functions', bundle, timeout: readTimeout(fields) }, ...readCounts(fields) };
}

/** Checks a configuration of a command line. */
export function configureCommand(config: unknown): OwnConfig {
  const fields = new Configuration('command', config, ['command', 'batch', 'waitsFor', 'timeout']);
  const command = fields.value('command');
  if (typeof command !== 'string' || command.trim() === '') return fields.refuse('command', 'a command line');
  return { program: { kind: 'command', command, timeout: readTimeout(fields) }, ...readCounts(fields) };
}

function readTimeout(fields: Configuration): number {
  return fields.integer('timeout', 1, longestTimeout, defaultTimeout);
}

function readCounts(fields: Configuration): Pick<OwnConfig, 'batch' | 'waitsFor'> {
  const batch = fields.integer('batch', 1, mostProposals, 1);
  return { batch, waitsFor: fields.integer('waitsFor', 0, mostProposals, batch) };
}
