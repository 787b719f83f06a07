import type { SupervisedProcess } from '../processes/process-pool.js';

// Longer timers would fire at once.
const longestTimer = 2 ** 31 - 1;

/**
 * Waits for an answer of a process; ends the process when the signal aborts, and when `milliseconds` are over. Then
 * `onTime` is false.
 */
export async function answerWithin<Answer>(
  process: SupervisedProcess,
  answer: Promise<Answer>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<{ readonly answer: Answer; readonly onTime: boolean }> {
  let onTime = true;
  const kill = (): void => process.kill();
  signal.addEventListener('abort', kill);
  const timer = setTimeout(
    () => {
      onTime = false;
      process.kill();
    },
    Math.min(milliseconds, longestTimer),
  );
  try {
    if (signal.aborted) kill();
    return { answer: await answer, onTime };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}
