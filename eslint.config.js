import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'eslint/config';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

import { roomFolders, rooms } from './setup/rooms.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

// Elements of the import rules: sub-rooms before the rooms that they lie in, so that a room's own element is the
// files straight in its folder.
const elements = Object.entries(rooms)
  .flatMap(([room, { subRooms }]) => [...subRooms.map((subRoom) => `${room}/${subRoom}`), room])
  .map((folder) => ({ type: folder, pattern: folder, partialMatch: false }))
  .concat({ type: 'setup', pattern: 'setup', partialMatch: false });

const elementsOf = (room) => [room, ...rooms[room].subRooms.map((subRoom) => `${room}/${subRoom}`)];

// Other rooms come in through a door: the index of the room or of a sub-room.
const policies = Object.entries(rooms).flatMap(([room, { imports, subRooms }]) => [
  ...imports
    .map((target) => (typeof target === 'string' ? { room: target } : target))
    .map(({ room: to, subRooms: only, types }) => ({
      from: { element: { type: elementsOf(room) } },
      allow: {
        to: {
          element: {
            type: only === undefined ? elementsOf(to) : only.map((subRoom) => `${to}/${subRoom}`),
            fileInternalPath: 'index.ts',
          },
        },
        ...(types === true ? { dependency: { kind: 'type' } } : {}),
      },
    })),
  { from: { element: { type: room } }, allow: { to: { element: { type: elementsOf(room) } } } },
  ...subRooms.map((subRoom, place) => ({
    from: { element: { type: `${room}/${subRoom}` } },
    allow: {
      to: { element: { type: [room, ...subRooms.slice(0, place + 1).map((other) => `${room}/${other}`)] } },
    },
  })),
]);
policies.push({
  from: { element: { type: ['cli', 'cli/commands', 'client/server', 'training/data'] } },
  allow: { to: { element: { type: 'setup' } } },
});

// Outside the rooms: a test may import a bench, and both what they share; nothing goes the other way.
const outside = ['test/support', 'test', 'bench'].map((folder) => ({
  type: folder,
  pattern: folder,
  partialMatch: false,
}));
const outsidePolicies = [
  { from: { element: { type: 'test/support' } }, disallow: { to: { element: { type: ['test', 'bench'] } } } },
  { from: { element: { type: 'bench' } }, disallow: { to: { element: { type: 'test' } } } },
];

const boundarySettings = {
  'boundaries/root-path': root,
  'boundaries/legacy-templates': false,
  'boundaries/dependency-nodes': ['import', 'export', 'dynamic-import', 'require'],
  'import/resolver': { [`${root}setup/eslint-import-resolver.cjs`]: {} },
};

// Rooms whose code runs inside the workflow sandbox and must give the same bits everywhere.
const sandboxRooms = ['foundation', 'search-spaces', 'algorithms', 'searches', 'workflows'];
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
  message: 'The ** operator differs between versions of Node: use the functions of foundation/numbers.',
};
// One hand: TypeScript's `private`, and constants in camelCase.
const hashedMember = {
  selector: ':matches(PropertyDefinition, MethodDefinition, AccessorProperty) > PrivateIdentifier.key',
  message: 'Say "private" instead of "#".',
};
const constantNames = (formats) => [
  'error',
  { selector: 'variable', modifiers: ['const', 'global'], format: formats, leadingUnderscore: 'allow' },
];
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
    {
      object: 'Math',
      property: 'random',
      message: 'Use the Rng of foundation/numbers: its numbers can be repeated.',
    },
    ...inexactMath.map((property) => ({
      object: 'Math',
      property,
      message: 'Its bits differ between versions of Node: use the functions of foundation/numbers.',
    })),
    { object: 'Date', property: 'now', message: wallClock.message },
  ],
  'no-restricted-syntax': ['error', powerOperator, wallClock, hashedMember],
};

export default defineConfig(
  {
    ignores: [
      'dist/',
      'dist.new/',
      'node_modules/',
      '.duramen/',
      'coverage/',
      'docs/.vitepress/cache/',
      'docs/.vitepress/dist/',
      '**/*.d.mts',
    ],
  },
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
      '@typescript-eslint/naming-convention': constantNames(['camelCase', 'PascalCase']),
      'no-restricted-syntax': ['error', hashedMember],
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
    files: roomFolders.map((room) => `${room}/**/*.ts`),
    plugins: { boundaries },
    settings: { ...boundarySettings, 'boundaries/elements': elements },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/no-unknown-dependencies': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message:
            'This room may not import that one, or not past its index: see the table in setup/rooms.mjs.',
          policies,
        },
      ],
    },
  },
  {
    files: ['bench/**/*.ts', 'test/support/**/*.ts'],
    plugins: { boundaries },
    settings: { ...boundarySettings, 'boundaries/elements': outside },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'allow',
          message:
            'Tests import benches and test/support, benches import test/support, and neither is imported back.',
          policies: outsidePolicies,
        },
      ],
    },
  },
  {
    // Belongs to no room: it opens doors of four.
    files: ['index.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\./(?!(client|searches|search-spaces|algorithms)/([a-z-]+/)?index\\.js$)',
              message: 'The package opens doors of client, searches, search-spaces and algorithms.',
            },
          ],
        },
      ],
    },
  },
  { files: sandboxRooms.map((room) => `${room}/**/*.ts`), rules: sandboxRules },
  {
    // Inside a workflow the date is the workflow's own recorded time.
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-properties': sandboxRules['no-restricted-properties'].filter(
        ({ object }) => object !== 'Date',
      ),
      'no-restricted-syntax': ['error', powerOperator, hashedMember],
    },
  },
  {
    // Names of the protocol between processes: task queues and types of workflows.
    files: ['workflows/messages/**/*.ts'],
    rules: { '@typescript-eslint/naming-convention': constantNames(['camelCase', 'UPPER_CASE']) },
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
