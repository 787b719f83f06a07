import { Context } from '@temporalio/activity';

const interval = 1_000;

/**
 * Lets the server know once a second that this worker lives while an activity works on, so that the work of a worker
 * that was killed is repeated within seconds.
 */
export async function withHeartbeats<T>(work: Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), interval);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
