export { evaluateExpression } from './evaluate-expression.js';
export { isList, pathSteps } from './expression.js';
export type { Expression, Operator } from './expression.js';
export { pathsOf } from './parse-expression.js';
export { parseExpression } from './parse-expression.js';
