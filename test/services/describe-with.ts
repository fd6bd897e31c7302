import { describe } from '@jest/globals';

/** `describe` when the programs are there. Otherwise one line says what to install; with CI=true that is a failure. */
export function describeWith(
  programs: Record<string, string | undefined>,
  install = 'apt-get install postgresql redis-server',
): typeof describe | typeof describe.skip {
  const missing = Object.keys(programs).filter((name) => programs[name] === undefined);
  if (missing.length === 0) return describe;
  const line = `${missing.join(' and ')} not found; install with: ${install}`;
  if (process.env.CI === 'true') throw new Error(line);
  process.stderr.write(`skipped: ${line}\n`);
  return describe.skip;
}
