import { everySegment } from '../by-segment.ts';
import { exact } from '../exact.ts';
import { keyMeant } from '../names.ts';
import { boundsOf, kpisOfRequirements, leavesOf } from '../requirement-leaves.ts';
import type { Requirement } from '../schema/ladder.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import type { ScoreDefinition } from '../schema/score.ts';
import { mostOf } from '../score-limits.ts';
import {
  conditionsOf,
  formOf,
  kpisRead,
  mixedRollUps,
  numbersOf,
  partsOf,
  ranksBehind,
  type ScoreForm,
  type ScoreNumber,
  scoreForms,
} from '../score-parts.ts';
import { wrongUnits } from '../score-units.ts';
import { segmentsRead } from '../segments-read.ts';
import type { PathKey } from '../source.ts';
import { isKpiName } from '../threshold.ts';
import { checkBySegment } from './by-segment.ts';
import type { Report } from './check.ts';
import { checkKpiName, checkRequirement, checkThreshold } from './ladder.ts';
import { checkOverRegions } from './over-regions.ts';
import { checkRanks } from './rank.ts';

/**
 * Reports what is wrong with the composed KPIs and ranks: unknown parts, circles, units, numbers, tracks. Returns whether they are
 * whole, so that what follows from them can be checked as well.
 */
export function checkScores(report: Report, program: ProgramDefinition): boolean {
  const scores = Object.entries(program.kpis).flatMap(([key, kpi]) =>
    kpi.score === undefined ? [] : [{ key, kpi, score: kpi.score, path: ['kpis', key] as PathKey[] }],
  );
  checkTracks(report, program);
  const sound = scores.filter(({ kpi, score, path }) => checkScore(report, program, { kpi, score, path }));
  const areRanksWhole = checkRanks(report, program);
  const circles = checkCircles(report, program);
  if (sound.length < scores.length || circles || !areRanksWhole) return false;
  checkKeptByNoRank(report, program);
  for (const { key, path } of scores) checkRollUp(report, program, { key, path });
  for (const { kpi, score, path } of scores) checkFull(report, program, { kpi, score, path });
  return true;
}

function checkTracks(report: Report, program: ProgramDefinition): void {
  if (program.trackKeeping !== undefined && program.tracks.length === 0)
    report(
      'PROGRAM_MISSING_PART',
      ['trackKeeping'],
      'there are no tracks to keep; say which there are with "tracks"',
    );
  program.tracks.forEach(({ key, when }, index) => {
    const path: PathKey[] = ['tracks', index];
    if (program.tracks.findIndex((other) => other.key === key) !== index)
      report('PROGRAM_DUPLICATE', [...path, 'key'], `"${key}" is there twice`);
    const isLast = index === program.tracks.length - 1;
    if (isLast && when !== undefined)
      report('PROGRAM_MISPLACED', [...path, 'when'], 'the last track takes everybody else');
    if (!isLast && when === undefined)
      report('PROGRAM_INCOMPLETE', path, 'only the last track takes everybody else; this one needs "when"');
    if (when === undefined) return;
    checkRequirement(report, program, when, [...path, 'when']);
    checkNoFact(report, when, [...path, 'when']);
    if (segmentsRead(program, boundsOf([when])).dimensions.has('track'))
      report('PROGRAM_CIRCLE', [...path, 'when'], 'what decides about the track cannot differ by track');
  });
}

/** A rank is known only once those of everybody else are, which is too late for who is given a track by it. */
function checkKeptByNoRank(report: Report, program: ProgramDefinition): void {
  if (program.trackKeeping === undefined) return;
  program.tracks.forEach(({ when }, index) => {
    const [rank] = ranksBehind(program, when === undefined ? [] : kpisOfRequirements([when]));
    if (rank !== undefined)
      report(
        'PROGRAM_CIRCLE',
        ['tracks', index, 'when'],
        `"${rank}" is a rank, and no track that is kept is given by one`,
      );
  });
}

interface Score {
  kpi: KpiDefinition;
  score: ScoreDefinition;
  path: PathKey[];
}

/** Returns whether all that it is composed of is there. */
function checkScore(report: Report, program: ProgramDefinition, { kpi, score, path }: Score): boolean {
  const at = [...path, 'score'];
  checkOwnWords(report, kpi, path);
  const form = formOf(score);
  if (form === undefined) {
    report('PROGRAM_NOT_ONE_OF', at, `a score is exactly one of ${scoreForms.join(', ')}`);
    return false;
  }
  const seen = new Set<string>();
  for (const { item, at: place } of partsOf(score)) {
    checkKpiName(report, program, item, [...at, ...place]);
    if (seen.has(item) && form !== 'choose' && form !== 'byTrack')
      report('PROGRAM_DUPLICATE', [...at, ...place], `"${item}" is there twice`);
    seen.add(item);
  }
  for (const { item, at: place } of conditionsOf(score)) {
    checkRequirement(report, program, item, [...at, ...place]);
    checkNoFact(report, item, [...at, ...place]);
  }
  for (const number of numbersOf(score)) checkNumber(report, program, number, at);
  checkForm(report, program, { form, score, at });
  const { byTrack } = score;
  const isEachTrackNamed =
    byTrack === undefined || program.tracks.every(({ key }) => byTrack[key] !== undefined);
  const isWhole = kpisRead(program, { score }).every((one) => program.kpis[one] !== undefined);
  if (!isWhole || !isEachTrackNamed) return false;
  for (const { at: place, reason, part } of wrongUnits(program, kpi))
    report(
      'PROGRAM_WRONG_UNIT',
      [...path, ...place],
      reason,
      ...(part === undefined ? [] : [['kpis', part]]),
    );
  return true;
}

/** Facts on file and tiers held are looked at when a tier is decided, and not when figures are computed. */
function checkNoFact(report: Report, condition: Requirement, path: PathKey[]): void {
  const leaves = leavesOf(condition);
  if (leaves.some(({ fact }) => fact !== undefined))
    report('PROGRAM_MISPLACED', path, 'only a tier asks for a fact; count facts with a KPI and ask for that');
  if (leaves.some(({ holds, specialisations }) => holds !== undefined || specialisations !== undefined))
    report(
      'PROGRAM_MISPLACED',
      path,
      'only a tier asks for what is held on other ladders; here a condition reads figures and the partner',
    );
}

/** What only a measured KPI has. */
function checkOwnWords(report: Report, { minimumSample, freshness, rollUp }: KpiDefinition, path: PathKey[]) {
  if (minimumSample !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'minimumSample'],
      'a score has no records of its own; put it on its parts',
    );
  if (freshness !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'freshness'],
      'a score is as fresh as its parts; put the limit on them',
    );
  if (rollUp === 'company')
    report('PROGRAM_MISPLACED', [...path, 'rollUp'], 'a score rolls up as its parts do; put it on them');
}

function checkNumber(
  report: Report,
  program: ProgramDefinition,
  { item, at, in: unit, isPositive }: ScoreNumber,
  path: PathKey[],
): void {
  const place = [...path, ...at];
  if (typeof unit === 'string') {
    const reason = unit === 'points' ? 'points have no currency' : 'how many times it counts has no currency';
    checkBySegment(report, program, { figure: item, path: place }, (figure, where) => {
      if (String(figure).includes(' ')) report('PROGRAM_WRONG_UNIT', where, reason);
    });
  } else if (program.kpis[unit.kpi] !== undefined) {
    checkThreshold(report, program, { kpi: unit.kpi, threshold: item }, place);
  }
  if (!isPositive) return;
  for (const [figure, where] of figuresOf(item, place)) {
    if (exact(String(figure).split(' ')[0]!).lte(0))
      report('PROGRAM_OUT_OF_RANGE', where, 'must be more than 0');
  }
}

function figuresOf(item: ScoreNumber['item'], path: PathKey[]): [string | number, PathKey[]][] {
  if (typeof item !== 'object') return [[item, path]];
  return Object.entries(item).map(([track, figure]) => [figure, [...path, track]]);
}

interface Form {
  form: ScoreForm;
  score: ScoreDefinition;
  at: PathKey[];
}

function checkForm(report: Report, program: ProgramDefinition, { form, score, at }: Form): void {
  checkLowerIsBetter(report, program, { form, score, at });
  score.bands?.table.forEach((_band, index) => {
    checkBand(report, { score, index, at: [...at, 'bands', 'table', index] });
  });
  score.steps?.forEach(({ points, most }, index) => {
    if (typeof points !== 'string' && most !== undefined)
      report(
        'PROGRAM_NO_EFFECT',
        [...at, 'steps', index, 'most'],
        'a number of points needs no limit; write the lower one',
      );
  });
  score.choose?.forEach((_choice, index) => {
    checkChoice(report, { score, index, at: [...at, 'choose', index] });
  });
  if (score.ratio?.per !== undefined && !isKpiName(score.ratio.to))
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'ratio', 'per'],
      'a number is divided by as it is; write in "to" by how much',
    );
  if (score.byTrack !== undefined) checkByTrack(report, program, score.byTrack, [...at, 'byTrack']);
  if (score.bestTrack !== undefined) checkBestTrack(report, program, score.bestTrack, [...at, 'bestTrack']);
  if (score.overRegions !== undefined)
    checkOverRegions(report, program, { over: score.overRegions, at: [...at, 'overRegions'] });
}

/** Where more of a figure brings more, one that is better when it is lower would reward the wrong partners. */
function checkLowerIsBetter(report: Report, program: ProgramDefinition, { form, score, at }: Form): void {
  const isLower = (kpi: string) => program.kpis[kpi]?.better === 'lower';
  const scored: { kpi: string; place: PathKey[] }[] =
    form === 'linear' || form === 'each'
      ? [{ kpi: score[form]!.of, place: [form, 'of'] }]
      : (score.weighted?.of ?? []).map(({ kpi }, index) => ({
          kpi,
          place: ['weighted', 'of', index, 'kpi'],
        }));
  for (const { kpi, place } of scored.filter((one) => isLower(one.kpi)))
    report(
      'PROGRAM_LOWER_IS_BETTER',
      [...at, ...place],
      `lower is better for ${kpi}; give points for it with "bands"`,
      ['kpis', kpi],
    );
  const taken = { best: 'highest', worst: 'lowest' } as const;
  const take = form === 'overRegions' ? score.overRegions!.take : form === 'bestTrack' ? 'best' : form;
  if (take !== 'best' && take !== 'worst') return;
  for (const { item, at: place } of partsOf(score).filter((one) => isLower(one.item))) {
    const reason = `lower is better for ${item}, and "${form === 'overRegions' ? take : form}" takes the ${taken[take]} figure`;
    report('PROGRAM_WORSE_TAKEN', [...at, ...place], reason, ['kpis', item]);
  }
}

interface Item {
  score: ScoreDefinition;
  index: number;
  at: PathKey[];
}

function checkBand(report: Report, { score, index, at }: Item): void {
  const { table } = score.bands!;
  const { from, above } = table[index]!;
  if ((from === undefined) === (above === undefined)) {
    report(
      'PROGRAM_NOT_ONE_OF',
      at,
      'a band begins either "from" a figure, which is in it, or "above" one, which is not',
    );
    return;
  }
  const before = table[index - 1];
  const [low, high] = [before?.from ?? before?.above, from ?? above];
  if (typeof low === 'object' || typeof high === 'object' || low === undefined || high === undefined) return;
  // With currencies the order depends on rates; the table is then taken as it stands.
  if (String(low).includes(' ') || String(high).includes(' ')) return;
  const order = exact(high).compare(exact(low));
  if (order < 0 || (order === 0 && !(before!.from !== undefined && above !== undefined)))
    report('PROGRAM_WRONG_ORDER', at, 'the bands stand in order, the lowest first');
}

function checkChoice(report: Report, { score, index, at }: Item): void {
  const { when, use, otherwise } = score.choose![index]!;
  const isLast = index === score.choose!.length - 1;
  const isRight = isLast
    ? otherwise !== undefined && when === undefined && use === undefined
    : otherwise === undefined && when !== undefined && use !== undefined;
  if (isRight) return;
  report(
    'PROGRAM_NOT_ONE_OF',
    at,
    isLast ? 'the last one is "otherwise" alone' : 'a choice has "when" and "use"',
  );
}

function checkByTrack(
  report: Report,
  { tracks }: ProgramDefinition,
  byTrack: NonNullable<ScoreDefinition['byTrack']>,
  at: PathKey[],
): void {
  const known = tracks.map(({ key }) => key);
  if (known.length === 0) {
    report('PROGRAM_MISSING_PART', at, 'the program has no tracks to choose by', ['tracks']);
    return;
  }
  for (const track of Object.keys(byTrack).filter((key) => !known.includes(key)))
    report('PROGRAM_UNKNOWN_TRACK', [...at, track], `"${track}" is not a track${keyMeant(track, tracks)}`, [
      'tracks',
    ]);
  const missing = known.filter((track) => byTrack[track] === undefined);
  if (missing.length > 0)
    report('PROGRAM_SEGMENT_MISSING', at, `says nothing for track ${missing.join(', ')}`, ['tracks']);
}

function checkBestTrack(
  report: Report,
  { tracks }: ProgramDefinition,
  { among }: NonNullable<ScoreDefinition['bestTrack']>,
  at: PathKey[],
): void {
  const known = tracks.map(({ key }) => key);
  if (known.length < 2)
    report('PROGRAM_MISSING_PART', at, 'the program has no tracks to choose from', ['tracks']);
  among?.forEach((track, index) => {
    if (!known.includes(track))
      report(
        'PROGRAM_UNKNOWN_TRACK',
        [...at, 'among', index],
        `"${track}" is not a track${keyMeant(track, tracks)}`,
        ['tracks'],
      );
  });
}

/** Reports KPIs that are made of themselves; returns whether there are any. */
function checkCircles(report: Report, program: ProgramDefinition): boolean {
  const done = new Set<string>();
  let isFound = false;
  const visit = (kpi: string, way: readonly string[]): void => {
    const start = way.indexOf(kpi);
    if (start >= 0) {
      const circle = [...way.slice(start), kpi].join(' -> ');
      const form = program.kpis[kpi]!.rank === undefined ? 'score' : 'rank';
      report('PROGRAM_CIRCLE', ['kpis', kpi, form], `is made of itself: ${circle}`);
      isFound = true;
      return;
    }
    const definition = program.kpis[kpi];
    if (done.has(kpi) || definition === undefined) return;
    for (const part of kpisRead(program, definition)) visit(part, [...way, kpi]);
    done.add(kpi);
  };
  for (const kpi of Object.keys(program.kpis)) visit(kpi, []);
  return isFound;
}

/** A share of all can only be told where all of it is known. */
function checkFull(report: Report, program: ProgramDefinition, { score, path }: Score): void {
  const segments = everySegment(program);
  score.weighted?.of.forEach(({ kpi, full }, index) => {
    if (full !== undefined || segments.every((keys) => mostOf(program, kpi, keys) !== null)) return;
    const reason = `${kpi} has no limit; say with "full" which figure is all of it`;
    report('PROGRAM_NO_LIMIT', [...path, 'score', 'weighted', 'of', index], reason, ['kpis', kpi]);
  });
}

/** A figure of a partner and one of its whole company do not belong into one. */
function checkRollUp(
  report: Report,
  program: ProgramDefinition,
  { key, path }: { key: string; path: PathKey[] },
): void {
  const mixed = mixedRollUps(program, [key]);
  if (mixed === undefined) return;
  const reason = `mixes figures of the company (${mixed.company}) with those of the partner alone (${mixed.own})`;
  report('PROGRAM_ROLL_UPS_MIXED', [...path, 'score'], reason, ['kpis', mixed.company]);
}
