import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Executor } from '../store/store.ts';
import { decisionReason } from './decision-words.ts';
import { loadFamilies } from './load.ts';
import type { Evidence, Movement } from './types.ts';

/** A decision of the past, in words. */
export interface HistoryEntry {
  decisionId: string;
  /** The partner that it was made for: another one than asked when that was merged into it. */
  partnerId: string;
  on: string;
  movement: Movement;
  fromTier: string | null;
  toTier: string | null;
  status: string;
  /** What is missing, as it was written to the CRM. */
  summary: string;
  /** Why, with amounts as known then. */
  reason: string;
  mode: string;
  runId: string | null;
}

interface Row {
  id: string;
  partner_id: string;
  effective_on: string;
  movement: Movement;
  from_tier: string | null;
  to_tier: string | null;
  status: string;
  summary: string;
  mode: string;
  run_id: string | null;
  evidence: Evidence;
}

/** Every decision about a partner and those merged into it, the latest first. */
export async function tierHistory(
  executor: Executor,
  { program, ladder, partnerId }: { program: Program; ladder: LadderDefinition; partnerId: string },
): Promise<HistoryEntry[]> {
  const family = await loadFamilies(executor, [partnerId]);
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select id, partner_id, effective_on, movement, from_tier, to_tier, status, summary, mode, run_id, evidence
     from tierlink.decision where program = $1 and ladder = $2 and partner_id = any($3::text[])
     order by effective_on desc, decided_at desc, id collate "C"`,
    [program.name, ladder.key, [partnerId, ...family.keys()]],
  );
  const label = (tier: string | null) =>
    tier === null ? null : (ladder.tiers.find(({ key }) => key === tier)?.label ?? tier);
  return rows.map((row) => ({
    decisionId: row.id,
    partnerId: row.partner_id,
    on: row.effective_on,
    movement: row.movement,
    fromTier: label(row.from_tier),
    toTier: label(row.to_tier),
    status: row.status,
    summary: row.summary,
    reason: decisionReason({
      movement: row.movement,
      toTier: row.to_tier,
      summary: row.summary,
      evidence: row.evidence,
    }),
    mode: row.mode,
    runId: row.run_id,
  }));
}
