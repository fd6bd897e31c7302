import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folder that holds package.json: the nearest one above this file. From the source that is one level up, from the
 * build two, so data files (mappings, programs, docs) are found alike from both.
 */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** Folder of the running code: the package root in the source, dist in a build. Job and connector modules are here. */
export const codeRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of a file or folder named from the package root. */
export function fromPackageRoot(...parts: string[]): string {
  return join(packageRoot, ...parts);
}

/** Version of the package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(fromPackageRoot('package.json'), 'utf8')) as { version: string }).version;
}

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${start}`);
    folder = parent;
  }
  return folder;
}
