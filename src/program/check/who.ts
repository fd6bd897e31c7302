import { everySegment } from '../by-segment.ts';
import { inProgramByStatus } from '../outside.ts';
import type { Filter } from '../schema/kpi.ts';
import type { LadderDefinition } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { waysOf } from '../ways.ts';
import type { Report } from './check.ts';
import { closed, isWithin, judge, reportDeadEnds } from './dead-ends.ts';
import { conditionClash, impliesCondition } from './filter-clash.ts';

type Who = Pick<LadderDefinition, 'partnerTypes' | 'where'>;

/**
 * The condition that the types and the further condition of a ladder come to; who is not in the program by its status is on
 * none.
 */
export function whoFilters(who: Who): Filter[] {
  return [inProgramByStatus, ...saidFilters(who)];
}

function saidFilters({ partnerTypes, where }: Who): Filter[] {
  const types = partnerTypes === undefined ? [] : [{ attribute: 'types', in: partnerTypes }];
  return [...types, ...(where === undefined ? [] : [where])];
}

/** Reports a ladder or specialisation that nobody can be on. Returns whether somebody may. */
export function checkWho(report: Report, program: ProgramDefinition, who: Who, path: PathKey[]): boolean {
  const at = [...path, who.where === undefined ? 'partnerTypes' : 'where'];
  const clash = conditionClash(program, saidFilters(who));
  const reason =
    clash !== undefined
      ? `${clash}; change one of the two`
      : conditionClash(program, whoFilters(who)) && onlyOutsiders;
  if (reason === undefined) return true;
  report('PROGRAM_UNREACHABLE_LADDER', at, `nobody can be on it: ${reason}`);
  return false;
}

const onlyOutsiders =
  'prospects, applicants and who is terminated are on no ladder; ask for another status, or leave the condition out';

/**
 * Warns of ladders behind others that take all of their partners: a partner is on the first that fits it. It may be meant so
 * for the time being, until the first one takes less.
 */
export function checkLaddersBehind(report: Report, { ladders }: ProgramDefinition): void {
  ladders.forEach((ladder, index) => {
    if (ladder.beside) return;
    const before = ladders.slice(0, index).filter((one) => !one.beside && takesAll(one.where, ladder.where));
    const all = before.find(({ partnerTypes }) => partnerTypes === undefined);
    const taking = ladder.partnerTypes?.map((type) =>
      before.find(({ partnerTypes }) => partnerTypes?.includes(type)),
    );
    const found = all === undefined ? taking : [all];
    if (found === undefined || found.includes(undefined)) return;
    const labels = [...new Set(found.map((one) => one!.label))].join(' or ');
    const reason = `nobody can be on ${ladder.label}: its partners are on ${labels}, which stands before it; put it first, or write beside: true`;
    report('PROGRAM_LADDER_BEHIND', ['ladders', index], reason, ['ladders']);
  });
}

/** Whether a condition takes everybody of whom the own one holds; without a condition everybody is taken. */
function takesAll(other: Filter | undefined, own: Filter | undefined): boolean {
  return other === undefined || (own !== undefined && impliesCondition(own, other));
}

/** Reports tracks that nobody can be on, and warns of those behind others that take everybody who fits. */
export function checkTracksOpen(report: Report, program: ProgramDefinition, areScoresWhole: boolean): void {
  const grounds = everySegment(program).map((keys) => ({ program, keys, areScoresWhole }));
  program.tracks.forEach(({ label, when }, index) => {
    if (when === undefined) return;
    const path: PathKey[] = ['tracks', index, 'when'];
    const own = waysOf(when, path);
    const judged = judge(grounds, own.ways);
    const reason = closed(judged);
    if (reason !== undefined) {
      report('PROGRAM_UNREACHABLE_TRACK', path, `nobody can be on track ${label}: ${reason}`, ['kpis']);
      return;
    }
    reportDeadEnds(report, judged, [['kpis']]);
    const before = program.tracks
      .slice(0, index)
      .find((one) => one.when !== undefined && isWithin(grounds, own, waysOf(one.when, path)));
    if (before === undefined) return;
    const words = `nobody can be on track ${label}: whoever it would take is on ${before.label}, which stands before it; put it first`;
    report('PROGRAM_TRACK_BEHIND', path, words, ['tracks']);
  });
}
