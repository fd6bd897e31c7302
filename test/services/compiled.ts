import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';
import { fromPackageRoot } from '../../src/package-root.ts';

const sources = ['src', 'connectors', 'jobs', 'test/services'];
const prefix = 'tierlink-compiled-';
const specifier = /((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+)\.ts(['"])/g;

/**
 * Where a TypeScript file of the package lies as JavaScript, for tests that start processes: one from the source spends
 * three times as long on starting. The first test that asks compiles everything; the others find it done.
 */
export function compiled(file: string): string {
  return join(compiledPackage(), file.replace(/\.ts$/, '.js'));
}

let folder: string | undefined;

function compiledPackage(): string {
  folder ??= findOrCompile();
  return folder;
}

function findOrCompile(): string {
  // Below the package root, so that packages, mappings and programs are found as from the source.
  const cache = fromPackageRoot('node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const files = sources.flatMap(codeBelow);
  const target = join(cache, `${prefix}${stampOf(files)}`);
  if (existsSync(target)) return target;
  // Several test processes may do this at once: each moves a whole folder into place, and all but one find it taken.
  const making = mkdtempSync(join(cache, `${prefix}new-`));
  for (const file of files) compileInto(making, file);
  try {
    renameSync(making, target);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  removeOld(cache);
  return target;
}

/** Modules below a folder, named from the package root. */
function codeBelow(source: string): string[] {
  return readdirSync(fromPackageRoot(source), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => `${source}/${name}`)
    .sort();
}

function stampOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = statSync(fromPackageRoot(file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function compileInto(target: string, file: string): void {
  const source = fromPackageRoot(file);
  const place = join(target, file);
  mkdirSync(dirname(place), { recursive: true });
  if (file.endsWith('.js')) {
    copyFileSync(source, place);
    return;
  }
  const { code } = transformSync(readFileSync(source, 'utf8'), {
    filename: source,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  writeFileSync(place.replace(/\.ts$/, '.js'), code.replace(specifier, '$1$2.js$3'));
}

/** What an earlier state of the source left; what another run may still use stays for a day. */
function removeOld(cache: string): void {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith(prefix))) {
    const path = join(cache, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? dayAgo) < dayAgo)
      rmSync(path, { recursive: true, force: true });
  }
}
