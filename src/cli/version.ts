import { readFileSync } from 'node:fs';
import { fromPackageRoot } from '../package-root.ts';

/** Version of the package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(fromPackageRoot('package.json'), 'utf8')) as { version: string }).version;
}
