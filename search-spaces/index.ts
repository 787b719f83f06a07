export {
  array,
  bool,
  constant,
  constrained,
  derived,
  float,
  frozen,
  int,
  listOf,
  manyOf,
  object,
  oneOf,
  optional,
  permutation,
  space,
} from './language/builders.js';
export { Compiled, compile, size, view } from './genomes/compile.js';
export type { Decisions } from './genomes/compile.js';
export { crossover } from './variation/crossover.js';
export type { CrossoverOperator, CrossoverOptions } from './variation/crossover.js';
export { independentPoints } from './variation/crossover-segments.js';
export { decode } from './genomes/decode.js';
export { fromDict } from './genomes/dictionary-reader.js';
export { encode } from './genomes/encode.js';
export { evaluateExpression } from './expressions/evaluate-expression.js';
export type { ExpressionContext } from './expressions/evaluate-expression.js';
export { defineFunction } from './expressions/expression-function.js';
export type { ExpressionFunction } from './expressions/expression-function.js';
export type { ContextOperator, Expression, Operator } from './expressions/expression.js';
export { fix } from './genomes/fix.js';
export type { Choices } from './genomes/fix.js';
export { toDict } from './genomes/genome-dictionary.js';
export type { DictionaryForm, DictionaryValues, GenomeDictionary } from './genomes/genome-dictionary.js';
export { fromTree, toTree } from './genomes/genome-tree.js';
export type { GenomeTree } from './genomes/genome-tree.js';
export { compare } from './views/genome.js';
export type { Genome } from './views/genome.js';
export { mutate, mutateMarked } from './variation/mutate.js';
export type { MarkedMutant, MutationOperator, MutationOptions } from './variation/mutate.js';
export { grid } from './enumeration/grid.js';
export type { GridOptions } from './enumeration/grid.js';
export { neighbours } from './variation/neighbours.js';
export type { NeighbourOptions } from './variation/neighbours.js';
export { normalize } from './genomes/normalize.js';
export { OptionNames } from './language/option-names.js';
export { parseExpression, pathsOf } from './expressions/parse-expression.js';
export { parseSpace, spaceLimits } from './language/parse-space.js';
export { isConcrete, join, part } from './genomes/part.js';
export { cycleCrossed, orderCrossed, partiallyMapped } from './variation/order-crossovers.js';
export type { Orders } from './variation/order-crossovers.js';
export { points } from './genomes/point.js';
export type { Point } from './genomes/point.js';
export * from './ready-made/index.js';
export { at, indexOf } from './enumeration/rank.js';
export { sample, sampleBatch, sampleCounted } from './variation/sample.js';
export type { CountedSample, SampleOptions } from './variation/sample.js';
export type { Sampled } from './language/sampled.js';
export { sizeOfNode, sizeOfView } from './views/size.js';
export type { Size } from './views/size.js';
export { SpaceError, valueOrThrow } from './ground/space-error.js';
export type {
  ConstructionCode,
  GenomeCode,
  Result,
  SpaceErrorCode,
  SpaceProblem,
} from './ground/space-error.js';
export { genomeKey, spaceHash, valueHash, viewHash } from './genomes/space-hash.js';
export { innerSpaces, isDecision } from './language/space-form.js';
export { nodeOf } from './language/space-node.js';
export type { SpaceNode } from './language/space-node.js';
export type {
  Bool,
  Constant,
  Constrained,
  Constraint,
  Decision,
  Derived,
  FloatDecision,
  FloatScale,
  Frozen,
  IntDecision,
  IntScale,
  ListOf,
  ManyOf,
  Meta,
  ObjectSpace,
  OneOf,
  Optional,
  Permutation,
  Scalar,
  Space,
} from './language/space.js';
export { tagged } from './language/tagged.js';
export { countFeasible, sweep } from './enumeration/sweep.js';
export type { SweepReport } from './enumeration/sweep.js';
export { first, last, next } from './enumeration/sweep-order.js';
export { fromUnit, toUnit } from './views/unit-scale.js';
export { validate } from './genomes/validate.js';
export type {
  ChoiceNode,
  FloatNode,
  IntNode,
  LengthNode,
  PicksNode,
  View,
  ViewNode,
  When,
} from './views/view.js';
export { placeSelector } from './views/where.js';
export type { Place, Selection, Where } from './views/where.js';
export {
  any,
  applyRules,
  checkCalls,
  childOf,
  contains,
  defineRule,
  derive,
  diff,
  equals,
  fits,
  insert,
  maskOf,
  materialize,
  paths,
  registry,
  remove,
  rewrite,
  ruleBook,
  run,
  set,
  settled,
  string,
  settingOf,
  superNet,
  superNetCalls,
  superNetFunctions,
  trace,
  walk,
} from './programs/index.js';
export type {
  Difference,
  Edits,
  Logits,
  Mask,
  Match,
  Pick,
  PickCandidate,
  PickOptions,
  Program,
  RegisteredFunction,
  Registry,
  Replacement,
  RewriteOptions,
  Rule,
  RuleBook,
  RuleDefinition,
  RuleParameters,
  RuleUse,
  Schema,
  Setting,
  SuperNet,
  SuperNetOptions,
  Traced,
  TreeType,
  Visit,
} from './programs/index.js';
