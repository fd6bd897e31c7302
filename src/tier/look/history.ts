import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import type { Executor } from '../../store/store.ts';
import { decisionReason, rulesReason } from '../explain/decision-words.ts';
import { labelOf } from '../ladder-of.ts';
import { loadFamilies } from '../load.ts';
import { loadOverrides } from '../load-exceptions.ts';
import type { Evidence, Movement, Override } from '../types.ts';

/** A decision of the past, in words. */
export interface HistoryEntry {
  decisionId: string;
  /** The partner that it was made for: another one than asked when that was merged into it. */
  partnerId: string;
  /** What that one was called when it was merged; null for the partner itself. */
  mergedName: string | null;
  on: string;
  movement: Movement;
  fromTier: string | null;
  toTier: string | null;
  status: string;
  /** What is missing, as it was written to the CRM. */
  summary: string;
  /** Why, with amounts as known then. */
  reason: string;
  /** The same by the rules alone, without what colleagues said about it. */
  rulesReason: string;
  mode: string;
  runId: string | null;
}

interface Row {
  id: string;
  partner_id: string;
  merged_name: string | null;
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
  const partners = [partnerId, ...family.keys()];
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select d.id, d.partner_id, p.name as merged_name, d.effective_on, d.movement, d.from_tier, d.to_tier, d.status,
       d.summary, d.mode, d.run_id, d.evidence
     from tierlink.decision d left join tierlink.partner p on p.id = d.partner_id and p.id <> $4
     where d.program = $1 and d.ladder = $2 and d.partner_id = any($3::text[])
     order by d.effective_on desc, d.decided_at desc, d.id collate "C"`,
    [program.name, ladder.key, partners, partnerId],
  );
  const granted = (await loadOverrides(executor, program, partners)).filter(
    (one) => one.ladder === ladder.key,
  );
  const label = (tier: string | null) => labelOf(ladder, tier);
  return rows.map((row) => {
    const { movement, summary, evidence } = row;
    const overrides = granted.filter((one) => one.partnerId === row.partner_id);
    const override = overrideOf(row, overrides);
    const decided = { movement, toTier: row.to_tier, summary, evidence, override };
    return {
      decisionId: row.id,
      partnerId: row.partner_id,
      mergedName: row.merged_name,
      on: row.effective_on,
      movement: row.movement,
      fromTier: label(row.from_tier),
      toTier: label(row.to_tier),
      status: row.status,
      summary: row.summary,
      reason: decisionReason(decided),
      rulesReason: rulesReason(decided),
      mode: row.mode,
      runId: row.run_id,
    };
  });
}

/**
 * What a person had set by which a decision was made: of its tier, for its day. One that was ended since, also on its first
 * day, was in force then.
 */
function overrideOf(row: Row, overrides: readonly Override[]): Override | null {
  const meant = overrides.filter(
    ({ tier, fromOn, untilOn }) =>
      tier === row.to_tier && fromOn <= row.effective_on && row.effective_on <= untilOn,
  );
  const inOrder = meant.toSorted((left, right) => (left.fromOn < right.fromOn ? -1 : 1));
  return (row.movement === 'override' ? inOrder.at(-1) : undefined) ?? null;
}
