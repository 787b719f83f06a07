/**
 * The rooms of Duramen, each a folder at the top of the repository and of `dist/`. A room may import those that
 * `imports` names. `subRooms` are its folders in the order in which they stand on each other: each may import those
 * before it. The linter enforces both.
 */
export const rooms = {
  foundation: { imports: [], subRooms: ['errors', 'json', 'numbers', 'text'] },
  analysis: { imports: [], subRooms: [] },
  'search-spaces': {
    imports: ['foundation'],
    subRooms: [
      'ground',
      'expressions',
      'language',
      'views',
      'genomes',
      'enumeration',
      'variation',
      'programs',
      'ready-made',
    ],
  },
  storage: { imports: ['foundation'], subRooms: [] },
  algorithms: {
    imports: ['foundation', 'search-spaces'],
    subRooms: [
      'contract',
      'early-stopping',
      'coordinates',
      'wrapping',
      'simple',
      'own',
      'evolution',
      'ranking',
      'tpe',
      'bayesian',
      'warm-start',
      'darts',
      'policy-gradient',
      'reinforce',
      'controller',
      'ma2ml',
      'successive-halving',
      'auto',
    ],
  },
  networks: {
    imports: ['foundation', 'search-spaces'],
    subRooms: ['ground', 'operations', 'network-graph', 'supernetwork', 'builders'],
  },
  hardware: { imports: ['foundation', 'search-spaces', 'networks'], subRooms: ['double-buffers'] },
  searches: {
    imports: ['foundation', 'search-spaces', 'algorithms'],
    subRooms: ['definition', 'retraining', 'loop', 'programs', 'journal', 'search-files'],
  },
  testing: { imports: ['foundation', 'search-spaces', 'algorithms', 'searches'], subRooms: [] },
  training: {
    imports: ['foundation', 'search-spaces', 'storage', 'algorithms', 'networks'],
    subRooms: [
      'environment',
      'tensorflow-graph',
      'operations',
      'data',
      'task-embedding',
      'augmentation',
      'step',
      'supernet',
    ],
  },
  evaluation: {
    imports: [
      'foundation',
      'search-spaces',
      'storage',
      'algorithms',
      'networks',
      'hardware',
      'searches',
      'training',
    ],
    subRooms: ['tables', 'processes', 'trial', 'attempts', 'inside', 'programs'],
  },
  activities: {
    imports: [
      'foundation',
      'search-spaces',
      'storage',
      'algorithms',
      'networks',
      'hardware',
      'searches',
      'training',
      'evaluation',
    ],
    subRooms: [],
  },
  workflows: {
    imports: ['foundation', 'search-spaces', 'algorithms', 'searches', { room: 'activities', types: true }],
    subRooms: ['messages'],
  },
  workers: {
    imports: ['foundation', 'storage', 'searches', 'evaluation', 'activities', 'workflows'],
    subRooms: [],
  },
  client: {
    imports: [
      'foundation',
      'search-spaces',
      'storage',
      'algorithms',
      'searches',
      { room: 'workflows', subRooms: ['messages'] },
    ],
    subRooms: ['errors', 'server', 'journals', 'library'],
  },
  cli: {
    // Reports draw networks and cost them on accelerators: pure functions over plain data.
    imports: [
      'foundation',
      'analysis',
      'search-spaces',
      'networks',
      'hardware',
      { room: 'searches', types: true },
      'workers',
      'client',
    ],
    subRooms: ['reports', 'exports', 'desk', 'commands'],
  },
};

/** Folders of the rooms, in no particular order. */
export const roomFolders = Object.keys(rooms);
