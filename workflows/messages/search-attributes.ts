import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The search attributes of every search, by which the list of workflows is filtered. Lists of searches show them. */
export const searchAttributeKeys = {
  /** Name of the definition. */
  study: defineSearchAttributeKey('DuramenStudy', SearchAttributeType.KEYWORD),
  level: defineSearchAttributeKey('DuramenLevel', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('DuramenPhase', SearchAttributeType.KEYWORD),
  /** Best value of the first metric that is not only observed. */
  best: defineSearchAttributeKey('DuramenBest', SearchAttributeType.DOUBLE),
  /** Trials that are complete. */
  trials: defineSearchAttributeKey('DuramenTrials', SearchAttributeType.INT),
};
