import { TierlinkError } from '../errors.ts';
import type { Program } from '../program/load.ts';
import { keyNamed } from '../program/names.ts';

/** The key of the ladder that somebody names by its key or label; undefined where none was asked for. Throws USAGE. */
export function ladderNamed(
  { ladders }: Program,
  wanted: string | undefined,
  command: string,
): string | undefined {
  if (wanted === undefined) return undefined;
  const found = keyNamed(ladders, wanted);
  if (found !== undefined) return found;
  const known = [...new Set(ladders.flatMap(({ key, label }) => [key, label]))].join(', ');
  const reason = `--ladder: "${wanted}" is no ladder of the program; use one of: ${known}.`;
  throw new TierlinkError('USAGE', { reason, command });
}
