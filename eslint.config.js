import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'eslint/config';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('.', import.meta.url));

// What each room may import from the others. A string is a whole room; `only` limits it to some of its
// files, `types` to types. A room that stands on others may also name what those are made of.
const definitions = ['numerics', 'search-spaces', 'algorithms', 'searches'];
const networkGraph = { room: 'training', only: ['network-graph.ts', 'network-graph/**'] };
const messages = { room: 'workflows', only: ['messages.ts', 'messages/**'] };
const version = { room: 'index', only: ['version.ts'] };
const effects = [...definitions, 'storage', 'training', 'hardware', version];
const mayImport = {
  numerics: [],
  'search-spaces': ['numerics'],
  algorithms: ['numerics', 'search-spaces'],
  searches: ['numerics', 'search-spaces', 'algorithms'],
  workflows: [...definitions, { room: 'activities', types: true }],
  storage: ['numerics'],
  training: ['numerics', 'search-spaces', 'storage'],
  hardware: ['search-spaces', networkGraph],
  activities: effects,
  workers: [...effects, 'activities', 'workflows'],
  client: [...definitions, messages, 'storage', 'setup', version],
  // Reports draw networks and cost them on accelerators: pure functions over plain data.
  cli: ['client', 'workers', 'setup', 'training', 'hardware', { room: 'searches', types: true }, version],
  index: ['client', 'searches', 'search-spaces', 'algorithms'],
};

// The files straight in src/ lie in no room: their folder stands for them.
const elements = Object.keys(mayImport)
  .map((room) => ({ type: room, pattern: room === 'index' ? 'src' : `src/${room}`, partialMatch: false }))
  .concat({ type: 'setup', pattern: 'setup', partialMatch: false });

const policies = Object.entries(mayImport).flatMap(([room, targets]) =>
  targets.map((target) => {
    const { room: to, only, types } = typeof target === 'string' ? { room: target } : target;
    return {
      from: { element: { type: room } },
      allow: {
        to: { element: { type: to, ...(only === undefined ? {} : { fileInternalPath: only }) } },
        ...(types === true ? { dependency: { kind: 'type' } } : {}),
      },
    };
  }),
);

// Rooms whose code runs inside the workflow sandbox and must give the same bits everywhere.
const sandboxRooms = ['numerics', 'search-spaces', 'algorithms', 'searches', 'workflows'];
const absentInSandbox = [
  ...[
    'Buffer',
    'FinalizationRegistry',
    'WeakRef',
    'atob',
    'btoa',
    'clearImmediate',
    'clearInterval',
    'crypto',
  ],
  ...['fetch', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setInterval', 'structuredClone'],
];
const inexactMath = [
  ...[
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atan2',
    'atanh',
    'cbrt',
    'cos',
    'cosh',
    'exp',
    'expm1',
    'hypot',
  ],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
];
const powerOperator = {
  selector:
    ':matches(BinaryExpression[operator="**"], AssignmentExpression[operator="**="])' +
    // Exact all the same: powers of whole numbers that are written out, and of BigInts.
    ':not([left.type="Literal"][right.type="Literal"]):not([right.bigint]):not([right.callee.name="BigInt"])',
  message: 'The ** operator differs between versions of Node: use the functions of numerics.',
};
const wallClock = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: 'A decision must not depend on the time of day.',
};

const sandboxRules = {
  'no-restricted-imports': [
    'error',
    {
      paths: builtinModules.map((name) => ({
        name,
        message: 'Node modules are absent in the workflow sandbox.',
      })),
      patterns: [{ group: ['node:*'], message: 'Node modules are absent in the workflow sandbox.' }],
    },
  ],
  'no-restricted-globals': [
    'error',
    ...absentInSandbox.map((name) => ({ name, message: 'It is absent in the workflow sandbox.' })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Use the Rng of numerics: its numbers can be repeated.' },
    ...inexactMath.map((property) => ({
      object: 'Math',
      property,
      message: 'Its bits differ between versions of Node: use the functions of numerics.',
    })),
    { object: 'Date', property: 'now', message: wallClock.message },
  ],
  'no-restricted-syntax': ['error', powerOperator, wallClock],
};

export default defineConfig(
  { ignores: ['dist/', 'dist.new/', 'node_modules/', '.duramen/', 'coverage/', '**/*.d.mts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs,cjs,ts}'],
    rules: {
      eqeqeq: 'error',
      'no-constant-binary-expression': 'error',
      'no-unsafe-finally': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], rules: { 'no-unused-vars': 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // An interface may ask for a promise where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/root-path': root,
      'boundaries/elements': elements,
      'boundaries/legacy-templates': false,
      'boundaries/dependency-nodes': ['import', 'export', 'dynamic-import', 'require'],
      'import/resolver': { [`${root}eslint-import-resolver.cjs`]: {} },
    },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/no-unknown-dependencies': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message:
            'The design does not let this room import that one: see the table of rooms in eslint.config.js.',
          policies,
        },
      ],
    },
  },
  { files: sandboxRooms.map((room) => `src/${room}/**/*.ts`), rules: sandboxRules },
  {
    // Inside a workflow the date is the workflow's own recorded time.
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-properties': sandboxRules['no-restricted-properties'].filter(
        ({ object }) => object !== 'Date',
      ),
      'no-restricted-syntax': ['error', powerOperator],
    },
  },
  {
    // Tests read JSON of every kind; what they expect of it is their own check.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
