export { fcNet, fcNetArchitecture, fcNetChoices, fcNetRegularization, fcNetTraining } from './fcnet.js';
export { hpoBench, hpoBenchArchitecture, hpoBenchChoices, hpoBenchTraining } from './hpobench.js';
export { jahsSpace } from './jahs.js';
export { nasBench201Cell, nasBench201Operations } from './nas-bench-201.js';
export { nasBenchMacro, nasBenchMacroBlocks } from './nas-bench-macro.js';
