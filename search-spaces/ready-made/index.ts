export { autoAugment, autoAugmentOperations, trivialAugment } from './augmentation.js';
export { dartsCell, dartsCells, dartsOperations } from './darts.js';
export { enasMacro, enasMacroOperations, enasMicro, enasMicroOperations } from './enas.js';
export { fcNet, fcNetArchitecture, fcNetChoices, fcNetRegularization, fcNetTraining } from './fcnet.js';
export { hpoBench, hpoBenchArchitecture, hpoBenchChoices, hpoBenchTraining } from './hpobench.js';
export { jahsSpace } from './jahs.js';
export { mobileNet } from './mobile-net.js';
export { nasBench101, nasBench101Operations } from './nas-bench-101.js';
export { nasBench201Cell, nasBench201Operations } from './nas-bench-201.js';
export { nasBenchMacro, nasBenchMacroBlocks } from './nas-bench-macro.js';
export { natsSizeSpace } from './nats-size.js';
export {
  autoAugmentHeads,
  mobileNetHeads,
  smallMobileNetHeads,
  trainingHeads,
  trivialAugmentHeads,
} from './pipeline-heads.js';
export type { AutoAugmentHeads } from './pipeline-heads.js';
