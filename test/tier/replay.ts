import type { StateReason } from '../../src/kpi/types.ts';
import type { KpiState } from '../../src/model/states.ts';
import type { Program } from '../../src/program/load.ts';
import { type MovementPolicy, movementSchema } from '../../src/program/schema/movement.ts';
import { evaluate } from '../../src/tier/evaluate.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import type {
  Evaluation,
  KpiInput,
  Override,
  PartnerFacts,
  TierMode,
  TierState,
} from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';

/** Policy V: promote immediately, demote at the quarterly review, one review of grace, one step down, 90 days of ramp. */
export function policyV(): Program {
  return programOf({
    kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }',
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze, requirements: [{ kpi: points, atLeast: 10 }] }
      - { key: silver, label: Silver, requirements: [{ kpi: points, atLeast: 20 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }] }
    movement: { promote: immediately, review: quarter, grace: { reviews: 1 }, stepsDown: 1, rampDays: 90 }`,
  });
}

export const certificatesLate: StateReason = {
  code: 'late',
  connection: 'prod',
  object: 'Certification',
  completeTo: '2026-01-01',
  limit: '3 days',
};

const pointsOf: Readonly<Record<string, string>> = { none: '0', bronze: '10', silver: '20', gold: '30' };

export function points(value: string, state: KpiState = 'current'): KpiInput {
  return {
    kpi: 'points',
    unit: 'number',
    currency: null,
    state,
    stateReason: state === 'current' ? null : certificatesLate,
    numerator: value,
    denominator: '1',
    empty: null,
    counted: 1,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

export const noFacts = { facts: [], late: new Map<string, never>() };

export interface Story {
  program: Program;
  state: TierState | null;
  partner?: PartnerFacts;
  overrides?: Override[];
  mode?: TierMode;
}

export interface DayRow {
  day: string;
  tier: string;
  status: string;
  grace: string;
  movement: string;
}

/** A standing that has been in force for a while. */
export function holding(tier: string, since: string, nextReview: string): TierState {
  return {
    tier,
    since,
    status: 'keeps',
    computedTier: tier,
    nextReview,
    rampUntil: null,
    graceUntil: null,
    belowSince: null,
    warnedOn: null,
    mode: 'owned',
    adopted: null,
    frozenReason: null,
    mayReach: null,
    pending: null,
    inheritedFrom: null,
    overrideId: null,
    lockedUntil: null,
    moreUpOn: null,
    summary: '',
    missing: [],
    decisionId: null,
  };
}

/**
 * Lives through days: each line is "day computed" (a tier that the figures give from then on, with "stale" behind it when
 * the inputs are). Each day is evaluated twice; the second time must change nothing.
 */
export function replay(story: Story, script: string): { rows: DayRow[]; last: Evaluation } {
  const rows: DayRow[] = [];
  let state = story.state;
  let last: Evaluation | undefined;
  for (const line of script.trim().split('\n')) {
    const [day, computed, freshness] = line.trim().split(/\s+/) as [string, string, string?];
    const step = (from: TierState | null) =>
      evaluate({
        program: story.program,
        ladder: story.program.ladders[0]!,
        partnerId: 'ptr_1',
        partner: story.partner ?? {},
        kpis: [points(pointsOf[computed]!, freshness === 'stale' ? 'provisional' : 'current')],
        state: from,
        overrides: story.overrides ?? [],
        asOf: day,
        mode: story.mode ?? 'owned',
      });
    last = step(state);
    const again = step(last.state);
    if (again.decision !== null && again.movement !== null && last.movement !== 'adopt') {
      throw new Error(`${day}: evaluating twice moved again: ${again.movement}`);
    }
    state = last.state;
    rows.push({
      day,
      tier: state.tier ?? '-',
      status: state.status,
      grace: state.graceUntil ?? '-',
      movement: last.movement ?? '-',
    });
  }
  return { rows, last: last! };
}

/** The rows as a plain table: day, tier, status, grace until, movement. */
export function tableOf(rows: readonly DayRow[]): string[] {
  return rows.map(
    ({ day, tier, status, grace, movement }) => `${day} ${tier} ${status} ${grace} ${movement}`,
  );
}

/** Bronze, Silver and Gold for 10, 20 and 30 points. */
export function storyOf(movement: Partial<MovementPolicy>, state: TierState | null): Story {
  const program = policyV();
  program.ladders[0]!.movement = { ...movementSchema.parse({}), ...movement };
  return { program, state };
}

/** Lives through days as the product does, several steps a day where the policy asks for them: day, tier, status. */
export function live(story: Story, script: string): string[] {
  let state = story.state;
  return script
    .trim()
    .split('\n')
    .map((line) => {
      const [day, computed] = line.trim().split(/\s+/) as [string, string];
      const states = state === null ? [] : [{ ladder: 'main', state, isClosed: false }];
      const kpis = [points(pointsOf[computed]!)];
      const inputs = {
        partnerId: 'P',
        partner: story.partner ?? {},
        kpis,
        states,
        absorbed: [],
        asked: [],
        waivers: [],
        facts: noFacts,
      };
      const overrides = (story.overrides ?? []).map((one) => ({ ...one, ladder: 'main' }));
      const outcome = evaluatePartner(story.program, { ...inputs, overrides, mode: 'owned' }, day);
      state = outcome.ladders[0]!.state.state;
      return `${day} ${state.tier ?? '-'} ${state.status}`;
    });
}
