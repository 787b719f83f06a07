import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

/** What must not decide anything in a workflow, by the text of the expression that names it. */
const forbidden = new Map(
  [
    ...[
      'random',
      'exp',
      'expm1',
      'log',
      'log1p',
      'log2',
      'log10',
      'pow',
      'sin',
      'cos',
      'tan',
      'asin',
      'acos',
      'atan',
    ],
    ...['atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot'],
  ].map((name) => [`Math.${name}`, name]),
);
const absent = [
  'process',
  'performance',
  'crypto',
  'fetch',
  'setInterval',
  'setImmediate',
  'structuredClone',
];

/** Places in a module where it uses a clock, random numbers or functions whose bits differ between versions of Node. */
function forbiddenUses(text: string): readonly string[] {
  const source = ts.createSourceFile('module.js', text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const name = node.getText(source);
      if (forbidden.has(name)) found.push(name);
    }
    if (ts.isElementAccessExpression(node) && node.expression.getText(source) === 'Math')
      found.push('Math[…]');
    if (ts.isBinaryExpression(node) && isPower(node)) found.push(node.getText(source));
    if (ts.isIdentifier(node) && absent.includes(node.text) && isGlobal(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

// Powers of whole numbers that are written out, and of BigInts, are exact.
function isPower({ operatorToken, left, right }: ts.BinaryExpression): boolean {
  const operators = [ts.SyntaxKind.AsteriskAsteriskToken, ts.SyntaxKind.AsteriskAsteriskEqualsToken];
  if (!operators.includes(operatorToken.kind)) return false;
  const isExact = (node: ts.Node): boolean =>
    ts.isBigIntLiteral(node) || (ts.isCallExpression(node) && node.expression.getText() === 'BigInt');
  return !(isExact(left) || isExact(right) || (ts.isNumericLiteral(left) && ts.isNumericLiteral(right)));
}

/** Whether an identifier is a value of its own, not the name of a member or of a declaration. */
function isGlobal({ parent, text }: ts.Identifier): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.expression.getText() === text;
  return ts.isCallExpression(parent) && parent.expression.getText() === text;
}

/** The modules of the bundle by path; each is a method in the table that webpack makes. */
function modulesOf(bundle: string): ReadonlyMap<string, string> {
  const source = ts.createSourceFile('bundle.js', bundle, ts.ScriptTarget.ES2022, true);
  const modules = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isMethodDeclaration(node) && ts.isStringLiteral(node.name) && node.body !== undefined) {
      modules.set(node.name.text, node.body.getText(source));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return modules;
}

describe('the built workflow bundle', () => {
  const modules = modulesOf(readFileSync(inject('workflowBundlePath'), 'utf8'));
  const own = [...modules].filter(([path]) => /\/dist\//.test(path) && !path.includes('node_modules'));

  test('holds the rooms of workflow code and no other', () => {
    const rooms = new Set(own.map(([path]) => /\/dist\/([a-z-]+)\//.exec(path)?.[1]));
    expect([...rooms].sort()).toEqual(['algorithms', 'foundation', 'search-spaces', 'searches', 'workflows']);
  });

  test('uses no random numbers, no inexact functions and nothing that the sandbox has not', () => {
    const found = own.flatMap(([path, text]) => forbiddenUses(text).map((use) => `${path}: ${use}`));
    expect(found).toEqual([]);
  });

  test('such uses would be found', () => {
    const text =
      'const a = Math.random() + Math.exp(1) + b ** c; process.exit(); const d = 2 ** 32 + 2n ** 64n;';
    expect(forbiddenUses(text)).toEqual(['Math.random', 'Math.exp', 'b ** c', 'process']);
  });
});
