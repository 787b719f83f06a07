import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./clock.c', import.meta.url));

/** A clock of its own for worker processes, which can be stepped while they run: a library that they preload. */
export class SteppedClock {
  /** Variables of the workers' environment. */
  readonly environment: Readonly<Record<string, string>>;
  private readonly file: string;

  constructor(folder: string) {
    const library = join(folder, 'clock.so');
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']);
    this.file = join(folder, 'clock');
    writeFileSync(this.file, Buffer.alloc(8));
    this.environment = { LD_PRELOAD: library, DURAMEN_SOAK_CLOCK: this.file };
  }

  /** Sets how many seconds the clock is ahead of the real one; the monotonic clock stays. */
  set(seconds: number): void {
    const ahead = Buffer.alloc(8);
    ahead.writeBigInt64LE(BigInt(seconds) * 1_000_000_000n);
    const descriptor = openSync(this.file, 'r+');
    writeSync(descriptor, ahead, 0, ahead.length, 0);
    closeSync(descriptor);
  }
}
