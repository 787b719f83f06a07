import { errorText, unreachable } from '../../foundation/errors/index.js';
import type { Outcome } from '../../algorithms/contract/index.js';
import type { Evaluator } from '../../searches/definition/index.js';
import { AttemptRun } from './attempt-run.js';
import type { AttemptRunOptions } from './attempt-run.js';
import type { FromProcess } from '../processes/process-messages.js';
import type { EvaluatingProcess, ProcessExit } from '../processes/process-pool.js';
import { isFailingDisk } from '../../storage/index.js';
import { failure } from '../trial/trial-outcome.js';

/** An attempt of an evaluate function in an evaluating process. */
export class FunctionAttempt extends AttemptRun {
  // A library that fails, such as TensorFlow out of memory, may stand still for seconds before it says so.
  protected readonly patience = 60_000;
  private pings = 0;
  private started = false;

  constructor(
    options: AttemptRunOptions,
    private readonly evaluating: EvaluatingProcess,
    called: Pick<Extract<Evaluator, { readonly kind: 'function' }>, 'bundle' | 'function'>,
  ) {
    super(options, evaluating);
    evaluating.onOutput((_stream, line) => {
      this.session.signs++;
      this.session.log.add(line);
    });
    evaluating.onMessage((message) => this.receive(message));
    evaluating.send({
      kind: 'evaluate',
      bundle: called.bundle,
      ...(called.function === undefined ? {} : { function: called.function }),
      trial: this.session.trial,
    });
  }

  protected askToPark(): void {
    this.evaluating.send({ kind: 'park' });
  }

  protected ping(): void {
    this.evaluating.send({ kind: 'ping', number: ++this.pings });
  }

  protected outcomeOfExit(
    exit: ProcessExit,
  ): { readonly outcome: Outcome; readonly stack: string | null } | null {
    if (exit.outOfMemory !== null || exit.code === null) return null;
    const { lines } = this.session.log.tail();
    const message = `The evaluating process exited with code ${exit.code} before the evaluate function returned: ${this.said()}`;
    return { outcome: failure('Bug', message), stack: lines.slice(-20).join('\n') };
  }

  // The end of a process that never called the function is no evidence about the function.
  protected override failureToStart(exit: ProcessExit): string | null {
    if (this.started || exit.code === null) return null;
    return `the evaluating process exited with code ${exit.code}: ${this.said()}`;
  }

  // The line that names an error, else the last one.
  private said(): string {
    const lines = this.session.log.tail().lines.filter((line) => line.trim() !== '');
    return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
  }

  private receive(message: FromProcess): void {
    this.session.signs++;
    switch (message.kind) {
      case 'started':
        this.started = true;
        return;
      case 'pong':
        return;
      case 'report':
        this.session.report(message.report.step, message.report.metrics);
        this.checkVerdict();
        return;
      case 'checkpoint': {
        const { request } = message;
        this.session.publish(message.checkpoint).then(
          (checkpoint) => this.evaluating.send({ kind: 'published', request, checkpoint }),
          (error: unknown) => {
            if (isFailingDisk(error)) this.outage(errorText(error));
            this.evaluating.send({
              kind: 'refused',
              request,
              message: errorText(error),
            });
            this.checkVerdict();
          },
        );
        return;
      }
      case 'attribute':
        this.session.attribute(message.key, message.value);
        this.checkVerdict();
        return;
      case 'values':
        this.session.values = message.values;
        return;
      case 'artifact':
        this.session.artifacts[message.name] = message.hash;
        return;
      case 'log':
        this.session.log.add(message.text);
        return;
      case 'returned':
        void this.session.settled().then(() => this.returned(message.value));
        return;
      case 'outage':
        void this.session.settled().then(() => this.outage(message.reason));
        return;
      case 'threw':
        void this.session.settled().then(() => this.threw(message.error));
        return;
      default:
        unreachable(message, 'message');
    }
  }
}
