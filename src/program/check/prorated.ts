import { isOfTier } from '../is-of-tier.ts';
import { monthsWhole } from '../prorated.ts';
import { boundKpi } from '../requirement-leaves.ts';
import type { KpiUnit } from '../schema/kpi.ts';
import type { Requirement } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkDateAttribute } from './length.ts';

/** Units in which a part of the months means a part of the figure. */
const shared = new Set<KpiUnit>(['money', 'count', 'people', 'number', 'points']);

/** Reports parts of thresholds that mean nothing: of what is no amount, over one month, or where the day is not foreseen. */
export function checkProrated(
  report: Report,
  program: ProgramDefinition,
  requirement: Requirement,
  path: PathKey[],
): void {
  const { kpi, prorated } = requirement;
  const at = [...path, 'prorated'];
  if (kpi === undefined) {
    report('PROGRAM_MISPLACED', at, 'says how much of a bound is asked; it stands beside kpi and a bound');
    return;
  }
  if (!isOfTier(path)) {
    const reason =
      'only the requirements of tiers and specialisations ask new partners for a part; leave it out';
    report('PROGRAM_MISPLACED', at, reason);
    return;
  }
  if (boundKpi(requirement) !== undefined)
    report('PROGRAM_MISPLACED', at, 'only of a number a part is asked; another KPI is asked whole');
  const { over, by } = prorated!;
  const unit = program.kpis[kpi]?.unit;
  if (unit !== undefined && !shared.has(unit))
    report(
      'PROGRAM_WRONG_UNIT',
      at,
      `${kpi} is ${unit}, of which a new partner has no smaller part; leave it out`,
      ['kpis', kpi],
    );
  if (monthsWhole(prorated!) < 2)
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'over'],
      `over ${over} everybody is asked for the whole; leave it out`,
    );
  const own: PathKey[] = [...at, 'by'];
  if (by.includes('.') && !by.startsWith('extra.'))
    report('PROGRAM_NOT_OWN_ATTRIBUTE', own, `"${by}" is not the partner's own attribute`);
  else checkDateAttribute(report, { entity: 'partner', program, text: by, path: own });
}
