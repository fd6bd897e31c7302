/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.venv'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Long enough for a machine that does other things meanwhile: no test is about how fast something is.
  testTimeout: 240000,
  maxWorkers: 2,
  // Modules loaded through the ESM loader are not given back; a fresh worker is cheaper than a full machine.
  workerIdleMemoryLimit: '2GB',
  globalSetup: '<rootDir>/test/services/global-setup.js',
  globalTeardown: '<rootDir>/test/services/global-teardown.js',
  testSequencer: '<rootDir>/test/services/long-first.cjs',
  reporters: ['default', '<rootDir>/test/services/closing-line.js'],
};
