// Lint rules, and the layer table of the design as import rules: a folder may import only what its row names.
import { defineConfig } from 'oxlint';

/** @type {Record<string, readonly string[]>} Folder under src/ → the folders it may import besides itself. */
const layers = {
  core: [],
  board: ['core', 'protocols'],
  chips: ['core'],
  protocols: ['core'],
  buses: ['core'],
  sensing: ['core', 'board', 'chips'],
  cooling: ['core'],
  thermal: ['core'],
  placement: ['core', 'thermal'],
  moves: ['core', 'protocols'],
  layers: ['core'],
  agent: ['core', 'protocols', 'layers'],
  guardian: ['core', 'board', 'chips', 'protocols', 'buses', 'sensing', 'cooling'],
  controller: ['core', 'board', 'protocols', 'sensing', 'thermal', 'placement', 'moves', 'surfaces'],
  surfaces: ['core', 'protocols'],
};

/** Packages only one folder may import. */
const hardwarePackages = ['i2c-bus', 'onoff', 'modbus-serial', 'serialport'];
const ioModules = [
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:tls',
  'node:http',
  'node:child_process',
  'node:dgram',
];
const pureFolders = new Set(['core', 'chips', 'protocols', 'sensing', 'cooling', 'thermal', 'placement', 'moves']);

const folders = Object.keys(layers);

function restrict(files, banned, why, paths) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: paths.map((name) => ({ name, message: why })),
          patterns: banned.map((group) => ({ group: [group], message: why })),
        },
      ],
    },
  };
}

const layerRules = folders.map((folder) => {
  const allowed = new Set([folder, ...(layers[folder] ?? [])]);
  const banned = folders.filter((other) => !allowed.has(other)).map((other) => `**/${other}/**`);
  const paths = [...(folder === 'buses' ? [] : hardwarePackages), ...(pureFolders.has(folder) ? ioModules : [])];
  const may = [...allowed].join(', ');
  return restrict(
    [`src/${folder}/**/*.ts`],
    [...banned, '**/hwsim/**'],
    `src/${folder} may import only: ${may}`,
    paths,
  );
});

/** The agent's machine decides and does nothing: as pure as a pure folder. */
const agentMachineRule = restrict(
  ['src/agent/machine/**/*.ts'],
  [
    ...folders.filter((folder) => !['agent', 'core', 'protocols'].includes(folder)).map((folder) => `**/${folder}/**`),
    '**/agent/drivers/**',
    '**/agent/mover/**',
    '../drivers/**',
    '../mover/**',
    '../bulk/**',
    '../records/record-store.ts',
    '../records/boot-store.ts',
    '../records/durable-file.ts',
  ],
  'src/agent/machine is pure: it decides, the shell in src/agent/mover does',
  [...hardwarePackages, ...ioModules],
);

const hwsimRule = restrict(
  ['hwsim/**/*.ts'],
  folders.filter((folder) => folder !== 'core' && folder !== 'protocols').map((folder) => `**/src/${folder}/**`),
  'hwsim may import only src/core and src/protocols: its physics must be able to disagree with the controller',
  hardwarePackages,
);

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node', 'promise'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true },
  rules: {
    'no-await-in-loop': 'off', // order is the point wherever we do it
    'unicorn/consistent-function-scoping': 'off', // a helper may stay beside its only use
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'off', // assertNever does it, and also at run time
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/consistent-return': 'off',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'unicorn/no-useless-spread': 'off', // arguments grouped on lines
    'promise/always-return': 'off',
    'promise/no-callback-in-promise': 'off', // brokers and sockets call back
    eqeqeq: 'error',
    'oxc/no-map-spread': 'off', // lines of text are short
    'unicorn/require-post-message-target-origin': 'off', // a browser's rule; ours are worker threads
  },
  overrides: [
    ...layerRules,
    agentMachineRule,
    hwsimRule,
    { files: ['*.config.mjs'], rules: { 'import/no-default-export': 'off' } },
    {
      // node:test's describe/it/test return promises that the runner owns
      files: ['test/**/*.ts'],
      rules: { 'typescript/no-floating-promises': 'off' },
    },
  ],
  ignorePatterns: ['dist/**', 'node_modules/**'],
});
