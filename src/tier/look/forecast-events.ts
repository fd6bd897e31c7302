import { type RecordChange, recordChanges } from '../../kpi/record-changes.ts';
import { kpiRecords } from '../../kpi/records.ts';
import { addDays } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { Executor } from '../../store/store.ts';
import { computeTier } from '../computed.ts';
import type { LadderOutcome, PartnerOutcome } from '../evaluate-partner.ts';
import { rulesReason } from '../explain/decision-words.ts';
import { outlookOf } from '../explain/summary.ts';
import { type DecisionAbout, type FlippedRequirement, flippedRequirements } from '../flipped.ts';
import type { PartnerInputs } from '../load.ts';
import type { Evidence, Movement, RequirementEvidence, TierState } from '../types.ts';

/** Something that time alone will do to a partner's tier. */
export interface ForecastEvent {
  partnerId: string;
  name: string | null;
  /** Day of the evaluation that does it. */
  day: string;
  ladder: string;
  movement: Movement;
  /** Labels; null for no tier. */
  fromTier: string | null;
  toTier: string | null;
  status: string;
  summary: string;
  /** Why by the rules, in words: of a rise what is met, else what is missing. */
  reason: string;
  /** Requirements that are met or not met from that day on, with the records that begin or end to count. */
  flipped: (FlippedRequirement & { records: RecordChange[] })[];
  /**
   * What a warning or a loss rests on where nothing flips on its day: what the tier asks for and the partner does not have,
   * with the records that have ended to count since it was last not short of the tier, and those that move what is asked for.
   */
  missing: MissingRequirement[];
}

export type MissingRequirement = Pick<
  RequirementEvidence,
  'id' | 'label' | 'kpi' | 'needs' | 'has' | 'state'
> & {
  records: RecordChange[];
};

/** What happens to a partner on one ladder on a day. */
export interface LadderDay {
  program: Program;
  day: string;
  partnerId: string;
  /** Where it stood before. */
  standing: TierState | null;
  evidence: Evidence;
  /** What was seen on a day before; undefined where nothing was. */
  seen: Evidence | undefined;
  seenOn: string;
}

/** Records named for one requirement. */
const shownRecords = 3;

/** The evidence of a ladder by what was held before the day, and the decisions of the day that people would notice. */
export function eventsOn(
  inputs: PartnerInputs,
  { partnerId, name }: PartnerOutcome,
  { one, program, day }: { one: LadderOutcome; program: Program; day: string },
): { evidence: Evidence; standing: TierState | null; own: ForecastEvent[] } {
  const { ladder, holdings } = one;
  const { kpis, partner, facts, spells } = inputs;
  const open = inputs.states.find((each) => each.ladder === ladder.key && !each.isClosed);
  const standing = open?.state ?? null;
  const held = standing?.tier ?? null;
  const waivers = inputs.waivers.filter((each) => each.ladder === ladder.key);
  const rules = { program, ladder, kpis, partner, asOf: day, held, facts, waivers, holdings, spells };
  const evidence = one.evidence.inherited === undefined ? computeTier(rules) : one.evidence;
  const before = standing?.status ?? null;
  return { evidence, standing, own: eventsOf(one, { partnerId, name, day, evidence, before }) };
}

/** Decisions that only name other requirements as missing are left out. */
function eventsOf(
  { decisions }: LadderOutcome,
  of: { partnerId: string; name: string | null; day: string; evidence: Evidence; before: string | null },
): ForecastEvent[] {
  const { partnerId, name, day, evidence, before } = of;
  const label = (key: string | null) => evidence.tiers.find(({ tier }) => tier === key)?.label ?? key;
  const noticed = decisions.filter(
    ({ decision }) => decision.movement !== 'keep' || decision.status !== before,
  );
  return noticed.map(({ ladder, decision }) => ({
    partnerId,
    name,
    day,
    ladder,
    movement: decision.movement,
    fromTier: label(decision.fromTier),
    toTier: label(decision.toTier),
    status: decision.status,
    summary: decision.summary,
    reason: rulesReason({ ...decision, evidence }),
    flipped: [],
    missing: [],
  }));
}

/** Adds to the events of a ladder what makes them: to the first what flips on the day, to losses else what is missing for a while. */
export async function addCauses(
  executor: Executor,
  of: LadderDay,
  events: readonly ForecastEvent[],
): Promise<void> {
  const { evidence, seen } = of;
  const [first] = events;
  if (seen === undefined || first === undefined) return;
  for (const flipped of flippedRequirements(seen, evidence, aboutOf(of, first))) {
    const { kpi, thresholdKpi } = flipped;
    const { own, bound } = await changesBehind(executor, of, { kpi, thresholdKpi, from: of.seenOn });
    first.flipped.push({ ...flipped, records: [...own, ...bound].slice(0, shownRecords) });
  }
  for (const event of events)
    if (event.flipped.length === 0 && isLoss(of, event))
      event.missing.push(...(await missingOf(executor, of)));
}

/** The tier that an event decides about: the one that is lost or in danger, or the one that is given or earned. */
function aboutOf(of: LadderDay, event: ForecastEvent): DecisionAbout {
  if (isLoss(of, event) || event.status === 'at_risk')
    return { tier: of.standing?.tier ?? null, way: 'down' };
  const { tiers, computedTier } = of.evidence;
  if (event.status === 'eligible_up') return { tier: computedTier, way: 'up' };
  return { tier: tiers.find(({ label }) => label === event.toTier)?.tier ?? null, way: 'up' };
}

function isLoss({ evidence, standing }: LadderDay, { movement, status, toTier }: ForecastEvent): boolean {
  if (standing === null) return false;
  const from = evidence.tiers.findIndex(({ tier }) => tier === standing.tier);
  const goesDown = evidence.tiers.findIndex(({ label }) => label === toTier) < from;
  return goesDown || movement === 'warn' || status === 'due_down';
}

/** What is missing for the tier that is held; on a cumulative ladder also what is missing of those below it. */
async function missingOf(executor: Executor, of: LadderDay): Promise<MissingRequirement[]> {
  const { day, standing, evidence } = of;
  const { missing: all } = outlookOf(evidence, { tier: standing?.tier ?? null, status: 'due_down' });
  // What cannot be told costs nobody a tier, and is no reason while there is another one.
  const lost = all.filter(({ state }) => state === 'not_met');
  const missing = lost.length === 0 ? all : lost;
  const from = addDays(standing?.belowSince ?? day, -1);
  const found: MissingRequirement[] = [];
  for (const { id, label, kpi, thresholdKpi = null, needs, has, state } of missing) {
    const { own, bound } = await changesBehind(executor, of, { kpi, thresholdKpi, from });
    const ended = own.filter(({ after }) => after === null);
    found.push({ id, label, kpi, needs, has, state, records: [...ended, ...bound].slice(0, shownRecords) });
  }
  return found;
}

/** What counts in another way on the day than on one before: of the figure, and of the KPI that is its bound. */
async function changesBehind(
  executor: Executor,
  of: LadderDay,
  { kpi, thresholdKpi, from }: Pick<FlippedRequirement, 'kpi' | 'thresholdKpi'> & { from: string },
): Promise<{ own: RecordChange[]; bound: RecordChange[] }> {
  const own = await changesOf(executor, of, { kpi, from });
  const bound = await changesOf(executor, of, { kpi: thresholdKpi, from });
  const isNew = ({ entity, id }: RecordChange) => !own.some((one) => one.entity === entity && one.id === id);
  return { own, bound: bound.filter(isNew) };
}

/** What counts in another way on the day than on one before; nothing for what is no figure. */
async function changesOf(
  executor: Executor,
  { program, partnerId, day }: LadderDay,
  { kpi, from }: { kpi: string | null; from: string },
): Promise<RecordChange[]> {
  if (kpi === null) return [];
  const list = async (asOf: string) =>
    await kpiRecords(executor, { program, kpi, partnerId, now: Date.parse(asOf), asOf });
  return recordChanges(await list(from), await list(day));
}
