import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { Outcome } from '../../algorithms/contract/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { fillPlaceholders } from '../../searches/definition/index.js';
import type { Evaluator } from '../../searches/definition/index.js';
import type { TrialDraw } from '../../searches/search-files/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { type ArtifactStore, isFailingDisk } from '../../storage/index.js';
import { AttemptRun } from './attempt-run.js';
import type { AttemptRunOptions } from './attempt-run.js';
import { firstLine, lastCheckpoint } from './command-slice.js';
import { parseJsonLine } from '../processes/process-messages.js';
import type { ThrownError } from '../processes/process-messages.js';
import type { CommandProcess, ProcessExit } from '../processes/process-pool.js';
import type { TrialLog } from '../trial/trial-log.js';
import { failure, outcomeOfError } from '../trial/trial-outcome.js';
import { PrintedMetrics } from './printed-metrics.js';

type CommandEvaluator = Extract<Evaluator, { readonly kind: 'command' }>;

/** An attempt of a command line: JSON lines in and out (docs/commands.md). */
export class CommandAttempt extends AttemptRun {
  // It has no duty to answer, but it may print: the heartbeat timeout is enough.
  protected readonly patience = 0;
  private toldToStop = false;
  private final: Json | undefined;
  private declared: ThrownError | null = null;

  private constructor(
    options: AttemptRunOptions,
    private readonly command: CommandProcess,
    private readonly artifacts: ArtifactStore,
    first: string,
    private readonly printed: PrintedMetrics | null,
  ) {
    super(options, command);
    command.onOutput((stream, line) => {
      this.session.signs++;
      if (stream === 'out' && this.receive(line)) return;
      this.session.log.add(line);
      this.printed?.read(line);
    });
    command.write(first);
    if (this.session.reports.shouldStop()) this.tellToStop();
  }

  /** Prepares the attempt's folder and starts the command in the project's folder. */
  static async start(
    options: AttemptRunOptions,
    evaluator: CommandEvaluator,
    projectRoot: string,
    artifacts: ArtifactStore,
    draws: readonly TrialDraw[] | null,
  ): Promise<CommandAttempt> {
    const { trial } = options.session;
    const line = commandLine(evaluator, trial);
    const checkpoints = join(trial.workFolder, 'checkpoint');
    const parameters = join(trial.workFolder, 'parameters.json');
    const context = join(trial.workFolder, 'context.json');
    await mkdir(checkpoints, { recursive: true });
    await writeFile(parameters, `${JSON.stringify(trial.parameters)}\n`);
    await writeFile(context, `${JSON.stringify(trial.context)}\n`);
    const environment: Record<string, string> = {
      DURAMEN_TRIAL_INDEX: String(trial.index),
      DURAMEN_TRIAL_SEED: trial.seed,
      DURAMEN_ATTEMPT: String(trial.attempt),
      DURAMEN_PARAMETERS: parameters,
      DURAMEN_CONTEXT: context,
      DURAMEN_LIMITS: JSON.stringify(trial.limits),
      DURAMEN_CHECKPOINT_DIRECTORY: checkpoints,
    };
    if (trial.until !== undefined) environment['DURAMEN_UNTIL'] = String(trial.until);
    if (trial.checkpoint !== null) {
      environment['DURAMEN_CHECKPOINT_LATEST'] = trial.checkpoint.path;
      environment['DURAMEN_CHECKPOINT_STEP'] = String(trial.checkpoint.step);
    }
    const first = await firstLine(trial, draws);
    return new CommandAttempt(
      options,
      options.slot.command(line, projectRoot, environment, options.limits),
      artifacts,
      first,
      evaluator.patterns === undefined ? null : new PrintedMetrics(evaluator.patterns),
    );
  }

  protected askToPark(): void {
    this.command.write(JSON.stringify({ park: true }));
  }

  protected ping(): void {
    // A command has no duty to answer: its output and its CPU time are its signs of life.
  }

  protected outcomeOfExit(
    exit: ProcessExit,
  ): { readonly outcome: Outcome; readonly stack: string | null } | null {
    if (this.declared !== null) return { outcome: outcomeOfError(this.declared), stack: this.declared.stack };
    if (exit.outOfMemory !== null || exit.code === null) return null;
    if (exit.code === 0) {
      return { outcome: this.outcomeOfOutput(), stack: null };
    }
    // A shell answers with 128 + n when the program it ran died of signal n.
    if (exit.code > 128 && exit.code <= 128 + 64) return null;
    const tail = this.session.log.tail().lines.slice(-20).join('\n');
    const said = lastSaid(this.session.log);
    return { outcome: failure('Bug', `The command exited with code ${exit.code}: ${said}`), stack: tail };
  }

  private outcomeOfOutput(): Outcome {
    const { printed, session } = this;
    const result = this.final ?? printed?.result();
    if (result !== undefined || session.reports.lastStep !== null || session.reports.stoppedAt !== null)
      return this.outcomeOf(result);
    const said = lastSaid(session.log);
    return failure(
      'Bug',
      printed === null
        ? `The command printed no result: let it print a line such as {"metrics": {"${session.declared[0]?.name ?? 'accuracy'}": 0.93}} on standard output, or say in command(…, { metrics }) by what pattern the number is found in its output; its last line was: ${said}`
        : `${printed.problem() ?? 'The command printed no result'}; the last line of the command was: ${said}`,
    );
  }

  // Whether the line is one of the protocol's; all others are log.
  private receive(line: string): boolean {
    if (!line.trimStart().startsWith('{')) return false;
    const message = parseJsonLine(line);
    if (!isPlainObject(message)) return false;
    const { report, checkpoint, attribute, artifact, failed: failedMessage } = message;
    if (isPlainObject(report)) {
      this.session.report(report['step'], report['metrics']);
      if (this.session.reports.shouldStop()) this.tellToStop();
    } else if (isPlainObject(checkpoint)) {
      this.publish(checkpoint['step'], checkpoint['path']);
    } else if (isPlainObject(attribute) && typeof attribute['key'] === 'string') {
      this.session.attribute(attribute['key'], attribute['value'] ?? null);
    } else if (
      isPlainObject(artifact) &&
      typeof artifact['name'] === 'string' &&
      typeof artifact['path'] === 'string'
    ) {
      this.keep(artifact['name'], artifact['path']);
    } else if (isPlainObject(failedMessage)) {
      const { class: named, message: said } = failedMessage;
      const text = typeof said === 'string' ? said : 'The command gave no message.';
      this.declared = {
        name: 'failed',
        message: text,
        stack: text,
        ...(typeof named === 'string' ? { failureClass: named } : {}),
      };
    } else if (isPlainObject(message['metrics']) || typeof message['infeasible'] === 'string') {
      this.final = message;
      const left = lastCheckpoint(this.session.trial, message);
      if (left !== null) this.publish(left.step, left.path);
    } else {
      return false;
    }
    this.checkVerdict();
    return true;
  }

  private publish(step: unknown, path: unknown): void {
    if (typeof step !== 'number' || typeof path !== 'string') {
      this.session.refuse(new Error('A checkpoint line needs a step (number) and a path (text).'));
      return;
    }
    const { workFolder } = this.session.trial;
    const source = isAbsolute(path) ? path : join(workFolder, 'checkpoint', path);
    this.session.stageAndPublish(source, step).then(
      () => this.command.write(JSON.stringify({ published: { step } })),
      (error: unknown) => {
        if (this.session.superseded === null) this.refuse(error);
        this.checkVerdict();
      },
    );
  }

  private keep(name: string, path: string): void {
    const kept = this.session.inTurn(async () => {
      this.session.artifacts[name] = await this.artifacts.put(await readFile(path));
    });
    kept.catch((error: unknown) => {
      this.refuse(error);
      this.checkVerdict();
    });
  }

  private refuse(error: unknown): void {
    if (isFailingDisk(error)) this.outage(errorText(error));
    else this.session.refuse(error);
  }

  private tellToStop(): void {
    if (this.toldToStop) return;
    this.toldToStop = true;
    this.command.write(JSON.stringify({ stop: true }));
  }
}

function commandLine(
  { command, placeholders }: CommandEvaluator,
  { parameters, context }: AttemptRunOptions['session']['trial'],
): string {
  if (placeholders === undefined) return command;
  const filled = fillPlaceholders(command, parameters, context);
  if (filled.kind === 'filled') return filled.line;
  throw ApplicationFailure.nonRetryable(
    `The command line names {${filled.path}}, which this trial does not have among its parameters: give the command all parameters on standard input instead, or name one that every trial has.`,
    'BadInput',
  );
}

function lastSaid(log: TrialLog): string {
  return log.tail().lines.findLast((line) => line.trim() !== '') ?? 'it printed nothing';
}
