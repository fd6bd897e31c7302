import { customTypeOf } from '../custom-attributes.ts';
import { exact, exactText } from '../exact.ts';
import { hasOfFilter, pathsOfFilter } from '../filter-paths.ts';
import { isOfTier } from '../is-of-tier.ts';
import { keyMeant, type Named, namedKpis } from '../names.ts';
import { checkRequirementIds } from '../requirement-id.ts';
import { boundKpi, leavesOfTiers } from '../requirement-leaves.ts';
import type { Filter } from '../schema/kpi.ts';
import type {
  BySegment,
  LadderDefinition,
  ProfileDefinition,
  Requirement,
  SpecialisationDefinition,
} from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import { measuredBehind, mixedRollUps } from '../score-parts.ts';
import type { PathKey } from '../source.ts';
import { ladderOfSpecialisation } from '../specialisations.ts';
import { bounds } from '../threshold.ts';
import { checkBestRegion } from './best-region.ts';
import { checkBestTrackOfTiers } from './best-track.ts';
import { checkBySegment } from './by-segment.ts';
import type { Report } from './check.ts';
import { checkCurrencyOf } from './currency.ts';
import { checkDirections } from './direction.ts';
import { checkFilter } from './filter.ts';
import { checkHoldings } from './holdings.ts';
import { checkMovement } from './movement.ts';
import { checkTypes } from './names.ts';
import { checkProrated } from './prorated.ts';
import { checkReachable, type LadderAt } from './reachable.ts';
import { checkTenures } from './tenure.ts';
import { checkWho } from './who.ts';

const kinds = [
  'all',
  'any',
  'atLeastOf',
  'not',
  'kpi',
  'partner',
  'fact',
  'holds',
  'specialisations',
] as const;

/** Reports what is wrong with a ladder: unknown KPIs, types and tiers, wrong thresholds, tiers that nobody can hold. */
export function checkLadder(
  report: Report,
  program: ProgramDefinition,
  { ladder, path, areScoresWhole }: LadderAt,
): void {
  checkTypes(report, program, ladder.partnerTypes, [...path, 'partnerTypes']);
  if (ladder.where !== undefined) checkOwnAttributes(report, program, ladder.where, [...path, 'where']);
  const tiers = ladder.tiers.map(({ key }) => key);
  tiers.forEach((key, index) => {
    if (tiers.indexOf(key) !== index)
      report('PROGRAM_DUPLICATE', [...path, 'tiers', index, 'key'], `tier "${key}" is there twice`);
  });
  checkTierName(report, { tiers: ladder.tiers, key: ladder.entryTier, path: [...path, 'entryTier'] });
  checkTierName(report, {
    tiers: ladder.tiers,
    key: ladder.movement.floor,
    path: [...path, 'movement', 'floor'],
  });
  const of = { program, movement: ladder.movement, tiers: ladder.tiers.length };
  checkMovement(report, of, [...path, 'movement']);
  checkTenures(report, ladder, path);
  ladder.tiers.forEach((tier, index) => {
    for (const key of ['requirements', 'keepRequirements'] as const) {
      const at = [...path, 'tiers', index, key];
      const isList = Array.isArray(tier[key]);
      [tier[key] ?? []].flat().forEach((requirement, position) => {
        checkRequirement(report, program, requirement, isList ? [...at, position] : at);
      });
    }
  });
  if (checkWho(report, program, ladder, path))
    checkReachable(report, program, { ladder, path, areScoresWhole });
  checkHoldings(report, program, ladder, path);
  checkRequirementIds(report, ladder, path);
  checkDirections(report, program, ladder, path);
  if (areScoresWhole) checkRollUps(report, program, ladder, path);
}

/** The tier of a company rests on figures of the whole company, and both sides of a comparison on figures of the same. */
function checkRollUps(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  for (const { item, at } of leavesOfTiers(ladder, path).flatMap(({ leaves }) => leaves)) {
    const compared = comparedKpis(program, item);
    if (ladder.heldBy === 'company') {
      for (const { kpi, place } of compared) checkCompanyFigure(report, program, kpi, [...at, ...place]);
    } else if (compared.length === 2) checkSides(report, program, compared, at);
  }
}

interface Compared {
  kpi: string;
  place: PathKey[];
}

/** The KPIs on both sides of a comparison, and where each stands in it; without those that the program does not have. */
function comparedKpis(program: ProgramDefinition, item: Requirement): Compared[] {
  const bound = bounds.find((one) => item[one] !== undefined);
  const both = [
    { kpi: item.kpi, place: ['kpi'] },
    { kpi: boundKpi(item), place: [bound ?? '', 'kpi'] },
  ];
  return both.flatMap(({ kpi, place }) =>
    kpi === undefined || program.kpis[kpi] === undefined ? [] : [{ kpi, place }],
  );
}

function checkCompanyFigure(report: Report, program: ProgramDefinition, kpi: string, path: PathKey[]): void {
  const alone = measuredBehind(program, kpi).find((one) => program.kpis[one]!.rollUp !== 'company');
  if (alone === undefined) return;
  const reason = `the tier is that of the company, and ${alone} counts the partner alone; give ${alone} rollUp: company`;
  report('PROGRAM_ROLL_UPS_MIXED', path, reason, ['kpis', alone]);
}

/** What a partner has itself is not measured against what its whole company has. A score that mixes them is told by itself. */
function checkSides(
  report: Report,
  program: ProgramDefinition,
  compared: readonly Compared[],
  path: PathKey[],
): void {
  const kpis = compared.map(({ kpi }) => kpi);
  const mixed = mixedRollUps(program, kpis);
  if (mixed === undefined || kpis.some((kpi) => mixedRollUps(program, [kpi]) !== undefined)) return;
  const reason = `compares figures of the company (${mixed.company}) with those of the partner alone (${mixed.own})`;
  report('PROGRAM_ROLL_UPS_MIXED', [...path, ...compared[1]!.place], reason, ['kpis', mixed.company]);
}

/** Reports what is wrong with a specialisation, which is checked as the ladder of one tier that it is. */
export function checkSpecialisation(
  report: Report,
  program: ProgramDefinition,
  of: { specialisation: SpecialisationDefinition; path: PathKey[]; areScoresWhole: boolean },
): void {
  const { path } = of;
  const ladder = ladderOfSpecialisation(of.specialisation);
  const isOfTier = (at: readonly PathKey[]) => at[path.length] === 'tiers';
  const own = (at: PathKey[]) => (isOfTier(at) ? [...path, ...at.slice(path.length + 2)] : at);
  const reportOwn: Report = (code, at, ...rest) => report(code, own(at), ...rest);
  checkLadder(reportOwn, program, { ladder, path, areScoresWhole: of.areScoresWhole });
  if (of.areScoresWhole) {
    checkBestTrackOfTiers(reportOwn, program, ladder, path);
    checkBestRegion(reportOwn, program, ladder, path);
  }
  if (ladder.movement.floor === undefined) return;
  const reason = 'a specialisation is held or not; so that none is taken, write demote: never';
  report('PROGRAM_MISPLACED', [...path, 'movement', 'floor'], reason);
}

/** Conditions on the partner read its own record only, so that evidence holds everything that they rest on. */
export function checkOwnAttributes(
  report: Report,
  program: ProgramDefinition,
  filter: Filter,
  path: PathKey[],
): void {
  if (hasOfFilter(filter).length > 0) {
    report(
      'PROGRAM_NOT_OWN_ATTRIBUTE',
      path,
      "what refers to the partner is not the partner's own attribute; measure it with a KPI",
    );
    return;
  }
  checkFilter(report, { entity: 'partner', program, isTimed: isOfTier(path) }, filter, path);
  const paths = pathsOfFilter(filter);
  const money = paths.find((one) => customTypeOf(program.attributes, 'partner', one) === 'money');
  if (money !== undefined)
    report(
      'PROGRAM_WRONG_TYPE',
      path,
      `"${money}" is an amount, which is compared at the rate of a day; measure it with a KPI`,
    );
  const foreign = paths.find((one) => one.includes('.') && !one.startsWith('extra.'));
  if (foreign !== undefined)
    report(
      'PROGRAM_NOT_OWN_ATTRIBUTE',
      path,
      `"${foreign}" is not the partner's own attribute; measure it with a KPI`,
    );
}

function checkTierName(
  report: Report,
  { tiers, key, path }: { tiers: readonly Named[]; key: string | undefined; path: PathKey[] },
): void {
  if (key !== undefined && !tiers.some((tier) => tier.key === key))
    report('PROGRAM_UNKNOWN_TIER', path, `"${key}" is not a tier${keyMeant(key, tiers)}`);
}

/** Reports what is wrong with a requirement, wherever it stands. */
export function checkRequirement(
  report: Report,
  program: ProgramDefinition,
  requirement: Requirement,
  path: PathKey[],
): void {
  const used = kinds.filter((kind) => requirement[kind] !== undefined);
  if (used.length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, `a requirement is exactly one of ${kinds.join(', ')}`);
    return;
  }
  for (const key of ['all', 'any'] as const) {
    requirement[key]?.forEach((inner, index) => {
      checkRequirement(report, program, inner, [...path, key, index]);
    });
  }
  requirement.atLeastOf?.of.forEach((inner, index) => {
    checkRequirement(report, program, inner, [...path, 'atLeastOf', 'of', index]);
  });
  if (requirement.atLeastOf !== undefined && requirement.atLeastOf.n > requirement.atLeastOf.of.length) {
    report(
      'PROGRAM_TOO_MANY_ASKED',
      [...path, 'atLeastOf', 'n'],
      `asks for ${requirement.atLeastOf.n} of ${requirement.atLeastOf.of.length}`,
    );
  }
  if (requirement.not !== undefined) checkRequirement(report, program, requirement.not, [...path, 'not']);
  if (requirement.partner !== undefined)
    checkOwnAttributes(report, program, requirement.partner, [...path, 'partner']);
  if (requirement.kpi !== undefined) checkComparison(report, program, requirement, path);
  if (requirement.prorated !== undefined) checkProrated(report, program, requirement, path);
}

function checkComparison(
  report: Report,
  program: ProgramDefinition,
  requirement: Requirement,
  path: PathKey[],
): void {
  checkKpiName(report, program, requirement.kpi!, [...path, 'kpi']);
  const used = bounds.filter((bound) => requirement[bound] !== undefined);
  if (used.length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, `a KPI is compared once, with one of ${bounds.join(', ')}`);
    return;
  }
  const at = [...path, used[0]!];
  const other = boundKpi(requirement);
  if (other === undefined)
    checkThreshold(report, program, { kpi: requirement.kpi!, threshold: requirement[used[0]!]! }, at);
  else checkBoundKpi(report, program, { kpi: requirement.kpi!, other }, [...at, 'kpi']);
}

/** Only figures in one unit can be compared with each other. */
function checkBoundKpi(
  report: Report,
  program: ProgramDefinition,
  { kpi, other }: { kpi: string; other: string },
  path: PathKey[],
): void {
  checkKpiName(report, program, other, path);
  const [own, bound] = [program.kpis[kpi]?.unit, program.kpis[other]?.unit];
  if (other === kpi) report('PROGRAM_DUPLICATE', path, `"${other}" is compared with itself`);
  else if (own !== undefined && bound !== undefined && own !== bound)
    report('PROGRAM_WRONG_UNIT', path, `${other} is ${bound}, and ${kpi} is ${own}; give both one unit`, [
      'kpis',
      other,
    ]);
}

/** Reports figures that a KPI cannot be compared with. */
export function checkThreshold(
  report: Report,
  program: ProgramDefinition,
  { kpi, threshold }: { kpi: string; threshold: BySegment },
  path: PathKey[],
): void {
  checkBySegment(report, program, { figure: threshold, path }, (one, at) => {
    checkFigure(report, program, { kpi, threshold: one }, at);
  });
}

function checkFigure(
  report: Report,
  program: ProgramDefinition,
  { kpi, threshold }: { kpi: string; threshold: string | number },
  path: PathKey[],
): void {
  const unit = program.kpis[kpi]?.unit;
  const currency = String(threshold).split(' ')[1];
  if (currency !== undefined && unit !== undefined && unit !== 'money') {
    report('PROGRAM_WRONG_UNIT', path, `${kpi} is ${unit}, not an amount in ${currency}`);
  } else if (checkCurrencyOf(report, program, threshold, path) && unit === 'percent')
    checkPercent(report, { kpi, threshold }, path);
}

/** Percent are written as people say them; who writes a share means a hundred times as much. */
function checkPercent(
  report: Report,
  { kpi, threshold }: { kpi: string; threshold: string | number },
  path: PathKey[],
): void {
  const figure = exact(threshold);
  if (figure.lte(0) || figure.gte(1)) return;
  const meant = exactText(figure.mul(100));
  const reason = `${kpi} is in percent, and ${threshold} is less than 1 percent; did you mean ${meant}?`;
  report('PROGRAM_SMALL_PERCENT', path, reason, ['kpis', kpi]);
}

/** Reports a KPI that the program does not have. */
export function checkKpiName(report: Report, program: ProgramDefinition, kpi: string, path: PathKey[]): void {
  const known = Object.keys(program.kpis);
  if (known.includes(kpi)) return;
  const whole = kpi.split('.')[0]!;
  if (whole !== kpi && known.includes(whole) && program.kpis[whole]!.perRegion === undefined)
    report('PROGRAM_NOT_PER_REGION', path, `${whole} has no figures by region; it needs "perRegion: true"`, [
      'kpis',
      whole,
    ]);
  else
    report(
      'PROGRAM_UNKNOWN_KPI',
      path,
      `"${kpi}" is not a KPI of this program${keyMeant(kpi, namedKpis(program))}`,
      ['regions'],
    );
}

/** Reports what is wrong with the ideal-partner profile. */
export function checkProfile(report: Report, program: ProgramDefinition, profile: ProfileDefinition): void {
  profile.criteria.forEach((criterion, index) => {
    const path: PathKey[] = ['idealProfile', 'criteria', index];
    const kindsUsed = [criterion.kpi, criterion.partner, criterion.grades].filter((one) => one !== undefined);
    if (kindsUsed.length !== 1) {
      report(
        'PROGRAM_NOT_ONE_OF',
        path,
        'a criterion is exactly one of a kpi with its target, a condition on the partner, and grades',
      );
      return;
    }
    criterion.grades?.forEach(({ when }, position) => {
      checkOwnAttributes(report, program, when, [...path, 'grades', position, 'when']);
    });
    if (criterion.partner !== undefined)
      checkOwnAttributes(report, program, criterion.partner, [...path, 'partner']);
    if (criterion.kpi === undefined) return;
    checkKpiName(report, program, criterion.kpi, [...path, 'kpi']);
    if (criterion.target === undefined) report('PROGRAM_INCOMPLETE', path, 'a KPI needs its target');
    else
      checkThreshold(report, program, { kpi: criterion.kpi, threshold: criterion.target }, [
        ...path,
        'target',
      ]);
    if (criterion.target !== undefined && Number.parseFloat(String(criterion.target)) <= 0) {
      report('PROGRAM_OUT_OF_RANGE', [...path, 'target'], 'a target is more than 0');
    }
  });
}

/** Reports success factors that name no KPI, and targets of KPIs that do not measure them. */
export function checkSuccessFactors(report: Report, program: ProgramDefinition): void {
  program.successFactors.forEach((factor, index) => {
    factor.kpis.forEach((kpi, position) => {
      checkKpiName(report, program, kpi, ['successFactors', index, 'kpis', position]);
    });
    const own = namedKpis(program).filter(({ key }) => factor.kpis.includes(key));
    for (const [kpi, threshold] of Object.entries(factor.targets ?? {})) {
      const path: PathKey[] = ['successFactors', index, 'targets', kpi];
      if (factor.kpis.includes(kpi)) checkThreshold(report, program, { kpi, threshold }, path);
      else
        report(
          'PROGRAM_UNKNOWN_KPI',
          path,
          `"${kpi}" is not among the KPIs of this factor${keyMeant(kpi, own)}`,
        );
    }
  });
}
