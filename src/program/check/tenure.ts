import { addDuration, parseDuration } from '../civil-date.ts';
import type { LadderDefinition } from '../schema/ladder.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports times that tiers ask for and that say nothing: none given, no tier below, less than a lower tier asks for. */
export function checkTenures(report: Report, ladder: LadderDefinition, path: PathKey[]): void {
  let longest: { label: string; inProgram: string } | undefined;
  ladder.tiers.forEach(({ label, minimumTenure }, index) => {
    if (minimumTenure === undefined) return;
    const at = [...path, 'tiers', index, 'minimumTenure'];
    const { inProgram, inTierBelow } = minimumTenure;
    if (inProgram === undefined && inTierBelow === undefined)
      report(
        'PROGRAM_NO_EFFECT',
        at,
        'asks for no time; give "inProgram", "inTierBelow" or both, or leave it out',
      );
    if (inTierBelow !== undefined && index === 0) {
      const reason = `${label} is the lowest tier, so that there is none below it; write inProgram, or leave it out`;
      report('PROGRAM_MISPLACED', [...at, 'inTierBelow'], reason, path);
    }
    if (inProgram === undefined) return;
    if (longest !== undefined && !isLonger(inProgram, longest.inProgram))
      report(
        'PROGRAM_NO_EFFECT',
        [...at, 'inProgram'],
        `${longest.label} below it takes ${longest.inProgram} in the program already, and who rises passes it; ask for more, or leave it out`,
        path,
      );
    else longest = { label, inProgram };
  });
  checkAll(report, ladder, path);
}

/** Reports a time for all rises where each tier that somebody can rise to says its own. */
function checkAll(report: Report, { tiers, movement }: LadderDefinition, path: PathKey[]): void {
  const above = tiers.slice(1);
  if (movement.minimumTenure === undefined || above.length === 0) return;
  if (above.some(({ minimumTenure }) => minimumTenure === undefined)) return;
  const reason = 'each tier above the lowest says its own time, which counts instead; leave it out';
  report('PROGRAM_NO_EFFECT', [...path, 'movement', 'minimumTenure'], reason, path);
}

/** Whether one length of time is longer than another, whichever day they start on. */
function isLonger(length: string, other: string): boolean {
  // Where months are shortest and where they are longest, so that days and months are told apart where that is certain.
  const starts = ['2023-02-01', '2024-07-01'];
  const [mine, its] = [parseDuration(length), parseDuration(other)];
  return starts.some((day) => addDuration(day, mine) > addDuration(day, its));
}
