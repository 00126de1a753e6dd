/** Lint rules, and the import rules of docs/architecture.md as a table that a machine keeps. */

import { defineConfig } from 'oxlint';
import packageFile from './package.json' with { type: 'json' };

/** The layers from the bottom up: a folder imports only from folders above it in this list. */
const layers = [
  'errors',
  'schemas',
  'tars',
  'spec',
  'replica',
  'registry',
  'link',
  'controller',
  'nodeagent',
  'sdk',
  'cli',
] as const;

type Layer = (typeof layers)[number];

/** Pairs that the order of the layers would allow, and that stay apart all the same. */
const apart: Partial<Record<Layer, readonly Layer[]>> = {
  nodeagent: ['controller'],
  replica: ['schemas', 'spec', 'tars'],
  sdk: ['controller', 'nodeagent'],
};

/** Files without effects: they take time, randomness and the outside world as arguments. */
const pureFiles = [
  'errors/**/*.ts',
  'spec/**/*.ts',
  'tars/codec/**/*.ts',
  'tars/config/**/*.ts',
  'tars/endpoint/**/*.ts',
  'tars/framework/**/*.ts',
  'registry/**/*.ts',
  'replica/core/**/*.ts',
  'replica/drivers/jetstream/server/{parse-log-line,restart-delay,server-config,server-version}.ts',
  'link/messages/**/*.ts',
  'controller/reconcile/**/*.ts',
  'controller/rollout/**/*.ts',
  'controller/locator/caller-node.ts',
  'controller/publish/publish-report.ts',
  'controller/publish/release-progress.ts',
  'nodeagent/locator/asked-objects.ts',
  'nodeagent/servants/caller.ts',
  'nodeagent/servants/framework-names.ts',
  'nodeagent/servants/rules/**/*.ts',
  'nodeagent/supervisor/decide/**/*.ts',
  'nodeagent/supervisor/launch/java-options.ts',
  'nodeagent/supervisor/launch/jvm-flags.ts',
  'nodeagent/supervisor/push/changed-files.ts',
  'nodeagent/tars-config/**/*.ts',
  'nodeagent/tarsjs-host/frame-count.ts',
  'nodeagent/tarsjs-host/host-settings.ts',
  'tars/rpc/{frame-splitter,in-flight-limit,log-throttle,reply-packet,return-codes}.ts',
];

function forbiddenFolders(layer: Layer): readonly string[] {
  const above = layers.slice(layers.indexOf(layer) + 1);
  return [...above, ...(apart[layer] ?? []), 'test', 'bench', 'cluster-examples'];
}

function importPatterns(layer: Layer) {
  return forbiddenFolders(layer).map((folder) => ({
    regex: `^(\\.\\./)+${folder}/`,
    message: `${layer}/ must not import from ${folder}/. Move what both need to a folder that both may import, or pass it in through a port (see docs/architecture.md).`,
  }));
}

type Restriction = ['error', { patterns: { regex: string; message: string }[] }];

function restrict(...patterns: { regex: string; message: string }[]): Restriction {
  return ['error', { patterns }];
}

/** Packages that only compute; every other dependency touches the machine. */
const purePackages = [
  'ajv',
  'canonicalize',
  'fastest-levenshtein',
  'js-yaml',
  'msgpackr',
  'smol-toml',
  'string-width',
  'yaml',
];
const packagesWithEffects = Object.keys(packageFile.dependencies).filter(
  (name) => !purePackages.includes(name),
);

const noBareEffects = [
  {
    regex: '^node:',
    message:
      'This file is pure: it must not touch the machine. Take what it needs as an argument, and do the effect in the caller.',
  },
  {
    regex: `^(${packagesWithEffects.join('|')})(/|$)`,
    message:
      'This file is pure: it may only import packages that compute (`purePackages` in oxlint.config.ts). Take what it needs as an argument, and do the effect in the caller.',
  },
];

const impureGlobals = [
  'Buffer',
  'Date',
  'fetch',
  'performance',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

const layerOverrides = layers.map((layer) => ({
  files: [`${layer}/**/*.ts`],
  rules: { 'no-restricted-imports': restrict(...importPatterns(layer)) },
}));

const pureOverrides = pureFiles.map((pattern) => ({
  files: [pattern],
  rules: {
    'no-restricted-imports': restrict(
      ...importPatterns(pattern.split('/')[0] as Layer),
      ...noBareEffects,
    ),
    'no-restricted-globals': [
      'error' as const,
      ...impureGlobals.map((name) => ({
        name,
        message: `This file is pure: take ${name} as an argument.`,
      })),
    ],
    'no-restricted-properties': [
      'error' as const,
      {
        object: 'Math',
        property: 'random',
        message: 'This file is pure: take the random source as an argument.',
      },
    ],
  },
}));

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'no-console': 'error',
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'max-lines': ['error', { max: 400 }],
    'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 4 }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': 'error',
    'no-eval': 'error',
    // A rule for Express; fastify awaits its handlers.
    'oxc/no-async-endpoint-handlers': 'off',
    eqeqeq: 'error',
  },
  ignorePatterns: ['dist', 'node_modules', 'coverage', '**/*.generated.ts'],
  overrides: [
    ...layerOverrides,
    ...pureOverrides,
    {
      // Reading and parsing files is the one effect of spec/.
      files: ['spec/read/**/*.ts'],
      rules: {
        'no-restricted-imports': restrict(...importPatterns('spec')),
        'no-restricted-globals': 'off',
      },
    },
    {
      files: [
        'cli/**/*.ts',
        'bench/**/*.ts',
        'cluster-examples/**',
        'bin/**',
        'schemas/generate-types.ts',
        'docs/generate-*.ts',
        'test/conformance/js-service/**',
      ],
      rules: { 'no-console': 'off' },
    },
    {
      files: ['*.config.ts', 'test/support/closing-line-reporter.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
    {
      files: ['test/**/*.ts', 'bench/**/*.ts'],
      rules: {
        'unicorn/consistent-function-scoping': 'off',
        'max-lines-per-function': 'off',
        'typescript/no-non-null-assertion': 'off',
        'no-console': 'off',
      },
    },
  ],
});
