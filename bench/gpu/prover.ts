import { LineProcess } from '../training/line-process.js';
import { deviceEnvironment } from './machine.js';
import type { Device } from './machine.js';
import { proofAnswer } from './proof-messages.js';
import type { ProofAnswer, ProofRequest } from './proof-messages.js';

/** A process that tries things on one device, or with null on processors alone. */
export class Prover {
  private readonly process: LineProcess;

  constructor(program: string, device: Device | null) {
    const name = device === null ? 'the process on processors' : `the process on GPU ${device.index}`;
    this.process = new LineProcess(name, process.execPath, [program], deviceEnvironment(device));
  }

  /** Asks, and waits for the answer. Rejects when the process ends without one. */
  async ask(request: ProofRequest): Promise<ProofAnswer> {
    return proofAnswer.parse(await this.process.answer(JSON.stringify(request)));
  }

  /** The next answer to what was asked before. */
  async next(): Promise<ProofAnswer> {
    return proofAnswer.parse(await this.process.answer());
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    await this.process.stop();
  }
}

/** Does something with a process, and ends the process. */
export async function withProver<Result>(
  program: string,
  device: Device | null,
  work: (prover: Prover) => Promise<Result>,
): Promise<Result> {
  const prover = new Prover(program, device);
  try {
    return await work(prover);
  } finally {
    await prover.kill();
  }
}
