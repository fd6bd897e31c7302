import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { AdoptedTier, TierMode } from './types.ts';

/** A partner whose tier by hand and tier by the rules can be laid side by side. */
export interface TierComparison {
  partnerId: string;
  partnerName: string | null;
  ladder: string;
  /** As the CRM spells it; null when it has none. */
  byHand: string | null;
  /** Label of the tier that the rules give; null for none. */
  byRules: string | null;
  outcome: 'same' | 'higher_by_rules' | 'lower_by_rules' | 'not_on_ladder' | 'none_by_hand';
  /** What is missing for the next tier. */
  summary: string | null;
  mode: TierMode;
}

export interface ComparisonResult {
  partners: number;
  /** How many partners by outcome. */
  outcomes: Partial<Record<TierComparison['outcome'], number>>;
  /** Those that differ (or all, when asked for), by name. */
  list: TierComparison[];
}

interface Row {
  partner_id: string;
  name: string | null;
  ladder: string;
  tier: string | null;
  computed_tier: string | null;
  crm_tier: string | null;
  adopted: AdoptedTier | null;
  summary: string | null;
  mode: TierMode;
}

/** Compares the tiers that people kept by hand with those that the rules give: what would change if the program took over. */
export async function compareTiers(
  executor: Executor,
  { program, includeSame = false }: { program: Program; includeSame?: boolean },
): Promise<ComparisonResult> {
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select t.partner_id, p.name, t.ladder, t.tier, t.computed_tier, p.crm_tier, t.adopted, t.summary, t.mode
     from tierlink.tier_state t join tierlink.partner p on p.id = t.partner_id
     where t.program = $1 and t.closed_at is null and p.in_scope and p.deleted_at is null and p.merged_into is null
     order by p.name collate "C" nulls last, t.partner_id collate "C"`,
    [program.name],
  );
  const all = rows.flatMap((row) => comparisonOf(program, row));
  const outcomes: ComparisonResult['outcomes'] = {};
  for (const { outcome } of all) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    partners: all.length,
    outcomes,
    list: includeSame ? all : all.filter(({ outcome }) => outcome !== 'same'),
  };
}

function comparisonOf(program: Program, row: Row): TierComparison[] {
  const ladder = program.ladders.find(({ key }) => key === row.ladder);
  if (ladder === undefined) return [];
  const rank = (tier: string | null) => ladder.tiers.findIndex(({ key }) => key === tier);
  const hand = row.adopted;
  const difference = rank(row.computed_tier) - rank(hand?.tier ?? null);
  const known = difference === 0 ? 'same' : difference > 0 ? 'higher_by_rules' : 'lower_by_rules';
  return [
    {
      partnerId: row.partner_id,
      partnerName: row.name,
      ladder: row.ladder,
      byHand: hand?.text ?? null,
      byRules: ladder.tiers.find(({ key }) => key === row.computed_tier)?.label ?? null,
      outcome: hand === null ? 'none_by_hand' : hand.tier === null ? 'not_on_ladder' : known,
      summary: row.summary,
      mode: row.mode,
    },
  ];
}
