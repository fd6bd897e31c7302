import { describe } from '@jest/globals';

export interface Missing {
  /** How to install them. */
  install: string;
  /** With CI=true too they may be missing: they come from where CI must not depend on. */
  mayBeMissing?: boolean;
}

/** `describe` when the programs are there. Otherwise one line says what to install; with CI=true that is a failure. */
export function describeWith(
  programs: Record<string, string | undefined>,
  { install, mayBeMissing = false }: Missing = { install: 'apt-get install postgresql redis-server' },
): typeof describe | typeof describe.skip {
  const missing = Object.keys(programs).filter((name) => programs[name] === undefined);
  if (missing.length === 0) return describe;
  const line = `${missing.join(' and ')} not found; install with: ${install}`;
  if (process.env.CI === 'true' && !mayBeMissing) throw new Error(line);
  process.stderr.write(`skipped: ${line}\n`);
  return describe.skip;
}
