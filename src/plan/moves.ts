import type { EntityName } from '../model/entities.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { Executor } from '../store/store.ts';
import type { PreviewedWrite } from '../sync/push/preview.ts';
import { tierNamed } from '../tier/evaluate.ts';
import { labelOf } from '../tier/ladder-of.ts';
import { itemKey, type PlannedMove, type PlannedWrite } from './item.ts';

interface Deciding {
  executor: Executor;
  program: Program;
  rehearsed: { runId: string };
}

interface DecisionRow {
  id: string;
  partner_id: string;
  partner: string | null;
  ladder: string;
  movement: string;
  from_tier: string | null;
  to_tier: string | null;
  summary: string;
}

const selectDecisions = `select d.id, d.partner_id, p.name as partner, d.ladder, d.movement, d.from_tier, d.to_tier, d.summary
  from tierlink.decision d left join tierlink.partner p on p.id = d.partner_id`;

/** What the pass decided about tiers, and what it would decide if nobody had to approve it. */
export async function movesOf({ executor, program, rehearsed }: Deciding): Promise<PlannedMove[]> {
  const decided = await executor.query<DecisionRow & Record<string, unknown>>(
    `${selectDecisions} where d.run_id = $1 order by d.ladder collate "C", lower(p.name) collate "C", d.id collate "C"`,
    [rehearsed.runId],
  );
  const waiting = await executor.query<DecisionRow & Record<string, unknown>>(
    `select i.approval_id as id, i.partner_id, p.name as partner, i.ladder, i.direction as movement, i.from_tier, i.to_tier,
       i.why as summary
     from tierlink.approval_item i join tierlink.approval a on a.id = i.approval_id and a.program = $1
     left join tierlink.partner p on p.id = i.partner_id
     where i.state = 'open' order by i.ladder collate "C", lower(p.name) collate "C", i.partner_id collate "C"`,
    [program.name],
  );
  return [
    ...decided.filter((row) => row.from_tier !== row.to_tier).map((row) => moveOf(program, row, false)),
    ...waiting.map((row) => moveOf(program, row, true)),
  ];
}

function moveOf(program: Program, row: DecisionRow, waits: boolean): PlannedMove {
  const { ladder, from, to, direction, summary } = tierMove(program, row);
  return {
    kind: direction === 'other' ? 'tier' : `tier_${direction}`,
    key: itemKey('move', row.ladder, row.partner_id),
    partnerId: row.partner_id,
    partner: row.partner,
    partners: [row.partner_id],
    ladder,
    from,
    to,
    movement: row.movement,
    summary,
    waits,
  };
}

/** The decisions that writes carry, by id. */
export async function tierMovesOf(
  { executor, program }: Deciding,
  writes: readonly PreviewedWrite[],
): Promise<Map<string, NonNullable<PlannedWrite['tier']>>> {
  const ids = [...new Set(writes.flatMap(({ decisionId }) => decisionId ?? []))];
  if (ids.length === 0) return new Map();
  const rows = await executor.query<DecisionRow & Record<string, unknown>>(
    `${selectDecisions} where d.id = any($1::text[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, tierMove(program, row)]));
}

/**
 * What the tier of a partner or of its membership becomes by the values that are written; null where it stays. A tier that
 * people kept in the CRM may be another one than the last decision knows.
 */
export function tierMoveOfValues(
  program: Program,
  entity: EntityName,
  changes: readonly { attribute: string; before: unknown; after: unknown }[],
): PlannedWrite['tier'] {
  if (entity !== 'partner' && entity !== 'membership') return null;
  const change = changes.find(({ attribute }) => attribute === 'tier');
  if (change === undefined) return null;
  const keyIn = (ladder: LadderDefinition, value: unknown) =>
    typeof value === 'string' ? tierNamed(ladder, value) : null;
  const isKnown = (ladder: LadderDefinition, value: unknown) =>
    value === null || keyIn(ladder, value) !== null;
  const ladder = program.ladders.find((each) => isKnown(each, change.before) && isKnown(each, change.after));
  if (ladder === undefined) return null;
  const [from, to] = [keyIn(ladder, change.before), keyIn(ladder, change.after)];
  return {
    ladder: ladder.label,
    from: labelOf(ladder, from),
    to: labelOf(ladder, to),
    direction: directionOf(
      ladder.tiers.map(({ key }) => key),
      { from_tier: from, to_tier: to },
    ),
    summary: '',
  };
}

function tierMove(program: Program, row: DecisionRow): NonNullable<PlannedWrite['tier']> {
  const ladder = program.ladders.find(({ key }) => key === row.ladder);
  const label = (tier: string | null) => (ladder === undefined ? tier : labelOf(ladder, tier));
  return {
    ladder: ladder?.label ?? row.ladder,
    from: label(row.from_tier),
    to: label(row.to_tier),
    direction: directionOf(ladder?.tiers.map(({ key }) => key) ?? [], row),
    summary: row.summary,
  };
}

/** Tiers are listed lowest first; to hold none is below all of them. */
function directionOf(
  tiers: readonly string[],
  { from_tier: from, to_tier: to }: Pick<DecisionRow, 'from_tier' | 'to_tier'>,
): 'up' | 'down' | 'other' {
  const place = (tier: string | null) => (tier === null ? -1 : tiers.indexOf(tier));
  if (from === to) return 'other';
  return place(to) > place(from) ? 'up' : 'down';
}
