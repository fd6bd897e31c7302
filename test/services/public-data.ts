import { existsSync } from 'node:fs';
import { fromPackageRoot } from '../../src/package-root.ts';

/**
 * Folder of a public data set that lies beside the repository, in ../shared/data; undefined where it is not, with one
 * line that says so. With CI=true a shared folder without the data set is a failure; no shared folder at all is none,
 * because a clone by itself does not have one.
 */
export function publicData(name: string): string | undefined {
  const folder = fromPackageRoot('..', 'shared', 'data', name);
  if (existsSync(folder)) return folder;
  const line = `the data set ${name} is not there; put it into ../shared/data beside the repository`;
  if (process.env.CI === 'true' && existsSync(fromPackageRoot('..', 'shared'))) throw new Error(line);
  process.stderr.write(`skipped: ${line}\n`);
  return undefined;
}
