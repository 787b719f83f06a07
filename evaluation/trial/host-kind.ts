import { cpus } from 'node:os';

let known: HostKind | undefined;

/** What can make the same evaluation give other bits. */
export interface HostKind {
  readonly processor: string;
  readonly platform: string;
  readonly node: string;
}

/** Kind of this machine. */
export function hostKind(): HostKind {
  known ??= {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
  return known;
}

/** The kind as one comparable text. */
export function hostKindName(kind: HostKind = hostKind()): string {
  return `${kind.processor}; ${kind.platform}; Node ${kind.node}`;
}
