import { Context } from '@temporalio/activity';

const interval = 1_000;

/**
 * Sends a heartbeat once a second while an activity works, so that the server gives the work of a killed worker to
 * another one within seconds.
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
