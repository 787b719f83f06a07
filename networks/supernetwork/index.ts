export { withAllPicks } from './all-picks.js';
export { Choice, ChosenList, PickedSum, supernetworkOf, withChoices } from './choice.js';
export { activeChoices, checkPath, choicesOf, outcomesOf, pathOf } from './choice-list.js';
export type { Path, SupernetworkChoice } from './choice-list.js';
export { fairPaths } from './fair-paths.js';
export { childNetwork, neededNodes } from './child-network.js';
export { restrict } from './restriction.js';
export type { ChoiceMask } from './restriction.js';
export { holds } from './condition.js';
export type { Condition, OutcomeCondition, TermCondition } from './condition.js';
export { branchesOf, isChoice, nodesWithConditions, takenBranches } from './supernetwork.js';
export type {
  Branch,
  BranchChoice,
  ChoiceNode,
  ReadChoice,
  SumChoice,
  Supernetwork,
  SupernetworkNode,
  TakenBranch,
  Term,
  TermSum,
} from './supernetwork.js';
export { supernetworkParameters } from './supernetwork-parameters.js';
export type { SharedParameter } from './supernetwork-parameters.js';
export {
  isSupernetwork,
  parseNeeded,
  parseSupernetwork,
  supernetworkShapes,
} from './supernetwork-validation.js';
