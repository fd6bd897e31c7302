import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { fromPackageRoot } from '../../src/package-root.ts';

/** A TypeScript program as one file of JavaScript, for processes that are started by the hundred. */
export interface Bundle {
  /** What `node` is given to run the program; its own arguments follow. */
  command: [starter: string, file: string];
  /** Node's flags, without which the compiled code would not be taken. */
  flags: readonly string[];
  remove(): void;
}

/** What a program may ask for while it runs, and what it finds beside itself. */
const external = ['@electric-sql/pglite', 'pg-native', '*/stand-in.ts'];
const worker = 'pglite-worker.js';

/** Processes that live for seconds never get back what optimizing costs: that of our code and of the database's. */
const flags = ['--no-warnings', '--no-opt', '--liftoff-only', '--max-semi-space-size=32'];

/**
 * Bundles a program named from the package root, and has its code compiled once. A process of it then starts with a
 * tenth of the work. The program must do nothing until it is spoken to; one that calls `keepCompiledCode` hands on to
 * later processes what it has compiled until then.
 */
export function bundle(entry: string): Bundle {
  // Below the package root, so that packages, mappings and programs are found as from the source.
  const parent = fromPackageRoot('node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'tierlink-'));
  const file = join(folder, 'program.cjs');
  buildSync({
    entryPoints: [fromPackageRoot(entry)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external,
    define: { 'import.meta.url': 'urlOfBundle' },
    banner: { js: "const urlOfBundle = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  cpSync(fromPackageRoot('src', 'store', worker), join(folder, worker));
  const starter = fromPackageRoot('test', 'services', 'bundle-start.cjs');
  execFileSync(process.execPath, [...flags, starter, file, 'cache']);
  return {
    command: [starter, file],
    flags,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
