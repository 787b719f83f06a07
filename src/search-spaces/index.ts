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
} from './builders.js';
export { Compiled, compile, size, view } from './compile.js';
export type { Decisions } from './compile.js';
export { crossover } from './crossover.js';
export type { CrossoverOperator, CrossoverOptions } from './crossover.js';
export { independentPoints } from './crossover-segments.js';
export { decode } from './decode.js';
export { fromDict } from './dictionary-reader.js';
export { encode } from './encode.js';
export { evaluateExpression } from './evaluate-expression.js';
export type { ExpressionContext } from './evaluate-expression.js';
export { defineFunction } from './expression-function.js';
export type { ExpressionFunction } from './expression-function.js';
export type { ContextOperator, Expression, Operator } from './expression.js';
export { fix } from './fix.js';
export type { Choices } from './fix.js';
export { toDict } from './genome-dictionary.js';
export type { DictionaryForm, DictionaryValues, GenomeDictionary } from './genome-dictionary.js';
export { fromTree, toTree } from './genome-tree.js';
export type { GenomeTree } from './genome-tree.js';
export { compare } from './genome.js';
export type { Genome } from './genome.js';
export { mutate } from './mutate.js';
export type { MutationOperator, MutationOptions } from './mutate.js';
export { grid } from './grid.js';
export type { GridOptions } from './grid.js';
export { neighbours } from './neighbours.js';
export type { NeighbourOptions } from './neighbours.js';
export { normalize } from './normalize.js';
export { OptionNames } from './option-names.js';
export { parseExpression, pathsOf } from './parse-expression.js';
export { parseSpace, spaceLimits } from './parse-space.js';
export { isConcrete, join, part } from './part.js';
export { cycleCrossed, orderCrossed, partiallyMapped } from './permutation-crossover.js';
export type { Orders } from './permutation-crossover.js';
export { points } from './point.js';
export type { Point } from './point.js';
export {
  autoAugment,
  autoAugmentHeads,
  autoAugmentOperations,
  dartsCell,
  dartsCells,
  dartsOperations,
  enasMacro,
  enasMacroOperations,
  enasMicro,
  enasMicroOperations,
  fcNet,
  fcNetArchitecture,
  fcNetChoices,
  fcNetRegularization,
  fcNetTraining,
  hpoBench,
  hpoBenchArchitecture,
  hpoBenchChoices,
  hpoBenchTraining,
  jahsSpace,
  mobileNet,
  mobileNetHeads,
  nasBench101,
  nasBench101Operations,
  nasBench201Cell,
  nasBench201Operations,
  nasBenchMacro,
  nasBenchMacroBlocks,
  natsSizeSpace,
  smallMobileNetHeads,
  trainingHeads,
  trivialAugment,
  trivialAugmentHeads,
} from './ready-made/index.js';
export type { AutoAugmentHeads } from './ready-made/index.js';
export { at, indexOf } from './rank.js';
export { sample, sampleBatch, sampleCounted } from './sample.js';
export type { CountedSample, SampleOptions } from './sample.js';
export type { Sampled } from './sampled.js';
export { sizeOfNode, sizeOfView } from './size.js';
export type { Size } from './size.js';
export { SpaceError, valueOrThrow } from './space-error.js';
export type { ConstructionCode, GenomeCode, Result, SpaceErrorCode, SpaceProblem } from './space-error.js';
export { genomeKey, spaceHash, valueHash, viewHash } from './space-hash.js';
export { innerSpaces, isDecision, nodeOf } from './space-node.js';
export type { SpaceNode } from './space-node.js';
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
} from './space.js';
export { tagged } from './tagged.js';
export { countFeasible, sweep } from './sweep.js';
export type { SweepReport } from './sweep.js';
export { first, last, next } from './sweep-order.js';
export { fromUnit, toUnit } from './unit-scale.js';
export { validate } from './validate.js';
export type { ChoiceNode, FloatNode, IntNode, LengthNode, PicksNode, View, ViewNode, When } from './view.js';
export { placeSelector } from './where.js';
export type { Place, Selection, Where } from './where.js';
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
