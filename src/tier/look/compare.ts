import type { DecisionState } from '../../model/states.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { alive } from '../../store/alive.ts';
import type { Executor } from '../../store/store.ts';
import { tierNamed } from '../evaluate.ts';
import type { AdoptedTier, TierMode } from '../types.ts';

/** A tier as people changed it in the CRM of a connection. */
export interface TierSetByHand {
  connection: string;
  /** As the CRM spells it; null where they blanked it. */
  tier: string | null;
  /** Who edited the record last, by the CRM's id and by name, and when; null where the CRM does not tell. */
  by: string | null;
  byName: string | null;
  at: string | null;
}

/** A partner whose tier by hand and tier by the rules can be laid side by side. */
export interface TierComparison {
  partnerId: string;
  partnerName: string | null;
  ladder: string;
  /** As the CRM spells it; null when it has none, or when the program decides. */
  byHand: string | null;
  /** kept: as the program met it · edited: set in the CRM since then · override: a person's decision; null for none. */
  hand: 'kept' | 'edited' | 'override' | null;
  /** Label of the tier that the rules give; null for none. */
  byRules: string | null;
  outcome: 'same' | 'higher_by_rules' | 'lower_by_rules' | 'not_on_ladder' | 'none_by_hand' | 'by_rules';
  /** What is missing for the next tier. */
  summary: string | null;
  mode: TierMode;
  /** Edits in the CRM behind `byHand`, one per connection. */
  setByHand: readonly TierSetByHand[];
}

export interface ComparisonRequest {
  program: Program;
  /** Tiers that people changed in a CRM, by partner. */
  setByHand: ReadonlyMap<string, readonly TierSetByHand[]>;
  /** Lists also the partners on which both agree, and those for which only the rules speak. (Default: false) */
  includeSame?: boolean;
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
  status: DecisionState;
  computed_tier: string | null;
  adopted: AdoptedTier | null;
  summary: string | null;
  mode: TierMode;
}

/**
 * Compares the tiers that people keep by hand with those that the rules give. Until the program owns the tiers these are
 * all; then only those that somebody edited in the CRM or overrode, and for the others the rules decide.
 */
export async function compareTiers(
  executor: Executor,
  { program, setByHand, includeSame = false }: ComparisonRequest,
): Promise<ComparisonResult> {
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select t.partner_id, p.name, t.ladder, t.tier, t.status, t.computed_tier, t.adopted, t.summary, t.mode
     from tierlink.tier_state t join tierlink.partner p on p.id = t.partner_id
     where t.program = $1 and t.closed_at is null and ${alive('p')}
     order by p.name collate "C" nulls last, t.partner_id collate "C"`,
    [program.name],
  );
  const all = rows.flatMap((row) => comparisonOf(program, row, setByHand.get(row.partner_id) ?? []));
  const outcomes: ComparisonResult['outcomes'] = {};
  for (const { outcome } of all) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const isQuiet = ({ outcome }: TierComparison) => outcome === 'same' || outcome === 'by_rules';
  return { partners: all.length, outcomes, list: includeSame ? all : all.filter((one) => !isQuiet(one)) };
}

function comparisonOf(program: Program, row: Row, edits: readonly TierSetByHand[]): TierComparison[] {
  const ladder = program.ladders.find(({ key }) => key === row.ladder);
  // People keep the tier in the CRM, and nothing of what counts beside it.
  if (ladder === undefined || ladder.beside) return [];
  const hand = handOf(ladder, row, edits);
  return [
    {
      partnerId: row.partner_id,
      partnerName: row.name,
      ladder: row.ladder,
      byHand: hand?.text ?? null,
      hand: hand?.kind ?? null,
      byRules: ladder.tiers.find(({ key }) => key === row.computed_tier)?.label ?? null,
      outcome: outcomeOf(ladder, row, hand),
      summary: row.summary,
      mode: row.mode,
      setByHand: edits,
    },
  ];
}

interface Hand {
  kind: NonNullable<TierComparison['hand']>;
  text: string | null;
}

/** What people say of the tier; an edit in the CRM is the latest word. Undefined where nobody says anything. */
function handOf(ladder: LadderDefinition, row: Row, edits: readonly TierSetByHand[]): Hand | undefined {
  const edit = edits.at(-1);
  if (edit !== undefined) return { kind: 'edited', text: edit.tier };
  if (row.status === 'overridden')
    return { kind: 'override', text: ladder.tiers.find(({ key }) => key === row.tier)?.label ?? row.tier };
  if (row.mode !== 'shadow' || row.adopted === null) return undefined;
  return { kind: 'kept', text: row.adopted.text };
}

function outcomeOf(ladder: LadderDefinition, row: Row, hand: Hand | undefined): TierComparison['outcome'] {
  if (hand === undefined) return row.mode === 'owned' ? 'by_rules' : 'none_by_hand';
  if (hand.text === null) return row.computed_tier === null ? 'same' : 'none_by_hand';
  const byHand = tierNamed(ladder, hand.text);
  if (byHand === null) return 'not_on_ladder';
  const rank = (tier: string | null) => ladder.tiers.findIndex(({ key }) => key === tier);
  const difference = rank(row.computed_tier) - rank(byHand);
  return difference === 0 ? 'same' : difference > 0 ? 'higher_by_rules' : 'lower_by_rules';
}
