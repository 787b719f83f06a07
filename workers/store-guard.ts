import { ApplicationFailure, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { isPlainObject } from '../foundation/json/index.js';
import { repeatedlyLost } from '../searches/index.js';

/** Attempts after which an evaluation that only workers of other homes take pauses its search. */
const attempts = 5;

/**
 * Refuses activities of searches that were started with another store: what this worker wrote would be missing there.
 * The server tries again, because a worker of the right home may take the activity next.
 */
export function storeGuard(ownStore: string): ActivityInboundCallsInterceptor {
  return {
    execute: async (input, next) => {
      const argument: unknown = input.args[0];
      const store = isPlainObject(argument) ? argument['store'] : undefined;
      if (typeof store !== 'string' || store === ownStore) return next(input);
      const { attempt, activityType } = Context.current().info;
      const isEvaluation = ['evaluate', 'evaluateLight', 'measure'].includes(activityType);
      const final = isEvaluation && attempt >= attempts;
      throw ApplicationFailure.create({
        message:
          `This search belongs to the store ${store}, and the worker that took its work has the store ${ownStore}: ` +
          'stop that worker, or start it with the DURAMEN_HOME of the search.',
        type: final ? repeatedlyLost : 'WrongStore',
        nonRetryable: final,
      });
    },
  };
}
