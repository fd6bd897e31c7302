import { suggestion } from '../model/closest.ts';
import type { Report } from './check.ts';
import type { ProgramDefinition } from './schema.ts';
import type { ByTrack } from './schema-ladder.ts';
import type { PathKey } from './source.ts';

/** Reports figures by track that miss a track or name an unknown one; `checkOne` looks at each figure itself. */
export function checkByTrack(
  report: Report,
  { tracks }: Pick<ProgramDefinition, 'tracks'>,
  { figure, path }: { figure: ByTrack; path: PathKey[] },
  checkOne: (figure: string | number, path: PathKey[]) => void,
): void {
  if (typeof figure !== 'object') {
    checkOne(figure, path);
    return;
  }
  const known = tracks.map(({ key }) => key);
  if (known.length === 0) {
    report(path, 'one number for each track, but the program has no tracks', ['tracks']);
    return;
  }
  for (const [track, one] of Object.entries(figure)) {
    if (known.includes(track)) checkOne(one, [...path, track]);
    else report([...path, track], `"${track}" is not a track${suggestion(track, known)}`, ['tracks']);
  }
  const missing = known.filter((track) => figure[track] === undefined);
  if (missing.length > 0) report(path, `says nothing for track ${missing.join(', ')}`, ['tracks']);
}
