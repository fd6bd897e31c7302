import { resolvePath } from '../attribute-path.ts';
import type { KpiUnit } from '../schema/kpi.ts';
import type { RankDefinition } from '../schema/rank.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import { groupedBy, isOfSum } from '../score-parts.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkKpiName, checkOwnAttributes } from './ladder.ts';

interface Rank {
  kpi: KpiDefinition;
  rank: RankDefinition;
  path: PathKey[];
}

/** Reports what is wrong with the ranks of a program. Returns whether all that they compare is there. */
export function checkRanks(report: Report, program: ProgramDefinition): boolean {
  const ranks = Object.entries(program.kpis).flatMap(([key, kpi]) =>
    kpi.rank === undefined ? [] : [{ kpi, rank: kpi.rank, path: ['kpis', key] as PathKey[] }],
  );
  for (const one of ranks) {
    checkFigure(report, program, one);
    checkGroup(report, program, one);
    checkForm(report, one);
    checkOwnWords(report, one);
  }
  return ranks.every(({ rank }) => program.kpis[rank.of] !== undefined);
}

/** Figures of which the sum over partners says something. */
const addable: readonly KpiUnit[] = ['money', 'count', 'people', 'number', 'points', 'days', 'hours'];

function checkFigure(report: Report, program: ProgramDefinition, { rank, path }: Rank): void {
  const at = [...path, 'rank', 'of'];
  checkKpiName(report, program, rank.of, at);
  const compared = program.kpis[rank.of];
  if (compared === undefined) return;
  const restsOn: PathKey[] = ['kpis', rank.of];
  if (compared.rank !== undefined && !isOfSum(compared.rank)) {
    const reason = `${rank.of} is a place in a group already; rank by what it is a place by (${compared.rank.of})`;
    report('PROGRAM_RANK_OF_RANK', at, reason, restsOn);
  }
  if (rank.as === 'share' && !addable.includes(compared.unit))
    report(
      'PROGRAM_NOT_ADDED_UP',
      at,
      `${rank.of} is ${compared.unit}, which cannot be added up over partners`,
      restsOn,
    );
}

function checkGroup(report: Report, program: ProgramDefinition, { rank, path }: Rank): void {
  [rank.among ?? []].flat().forEach((filter, index) => {
    const place = [...path, 'rank', 'among', ...(Array.isArray(rank.among) ? [index] : [])];
    checkOwnAttributes(report, program, filter, place);
  });
  const attributes = groupedBy(rank);
  attributes.forEach((attribute, index) => {
    const place = [...path, 'rank', 'within', ...(Array.isArray(rank.within) ? [index] : [])];
    const resolved = resolvePath('partner', attribute, program.attributes);
    if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', place, resolved);
    else if (resolved.steps.length > 0)
      report('PROGRAM_NOT_OWN_ATTRIBUTE', place, `"${attribute}" is not the partner's own attribute`);
    else if (resolved.type === 'money')
      report('PROGRAM_WRONG_TYPE', place, `"${attribute}" is an amount; no group has that in common`);
    else if (resolved.type === 'list') {
      const reason = `a partner may have several ${attribute}, and so stand in several groups`;
      report(
        'PROGRAM_WRONG_TYPE',
        place,
        `${reason}; name one with among: { attribute: ${attribute}, is: ... }`,
      );
    }
    if (attributes.indexOf(attribute) !== index)
      report('PROGRAM_DUPLICATE', place, `"${attribute}" is there twice`);
  });
}

function checkForm(report: Report, { kpi, rank, path }: Rank): void {
  const { as, ties } = rank;
  const units: readonly KpiUnit[] =
    as !== 'position' ? ['percent', 'ratio'] : ties === 'middle' ? ['number'] : ['count', 'number'];
  if (!units.includes(kpi.unit))
    report('PROGRAM_WRONG_UNIT', [...path, 'unit'], `this figure is ${units.join(' or ')}, not ${kpi.unit}`);
  if (isOfSum(rank) && ties !== undefined) {
    const what = as === 'share' ? 'a share' : 'the part of an average';
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'rank', 'ties'],
      `${what} is the same whoever has the same figure; leave it out`,
    );
  }
  if ((as === 'position' || as === 'topShare') && kpi.better !== 'lower')
    report(
      'PROGRAM_LOWER_IS_BETTER',
      [...path, 'rank', 'as'],
      'the first has the lowest figure: say better: lower',
    );
}

/** What only a measured KPI has. */
function checkOwnWords(report: Report, { kpi, path }: Rank): void {
  if (kpi.minimumSample !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'minimumSample'],
      'a rank has no records of its own; partners are counted by rank.minimum',
    );
  if (kpi.freshness !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'freshness'],
      'a rank is as fresh as what it compares; put the limit on that KPI',
    );
  if (kpi.rollUp === 'company')
    report(
      'PROGRAM_MISPLACED',
      [...path, 'rollUp'],
      'a rank rolls up as what it compares does; put it on that KPI',
    );
}
