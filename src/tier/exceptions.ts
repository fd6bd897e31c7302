import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { requirementIds } from '../program/requirement-id.ts';
import { leavesOf } from '../program/requirement-leaves.ts';
import type { Executor } from '../store/store.ts';
import { waivedLabel } from './waivers.ts';

/** What a person decided about one partner, beside the rules. */
export interface Exception {
  kind: 'override' | 'waiver';
  id: string;
  partnerId: string;
  partner: string;
  tier: string;
  /** Of a waiver: what is waived. */
  requirement: string | null;
  /** The same as people call it. */
  label: string | null;
  /** Of a waiver: whether its tier still asks for that; null for an override. */
  isAsked: boolean | null;
  fromOn: string;
  untilOn: string;
  endedOn: string | null;
  endedReason: string | null;
  author: string;
  reason: string;
}

/** Overrides and waivers by partner and day. `since`: only those that hold on that day or later; null for all. */
export async function listExceptions(
  executor: Executor,
  { program, partner, since }: { program: Program; partner: string | null; since: string | null },
): Promise<Exception[]> {
  const columns = `id, partner_id, ladder, tier, from_on, until_on, ended_at, ended_reason, author, reason, program`;
  const rows = await executor.query<
    Omit<Exception, 'endedOn' | 'isAsked' | 'label'> & { ladder: string; endedAt: string | null } & Record<
        string,
        unknown
      >
  >(
    `select e.kind, e.id, e.partner_id as "partnerId", coalesce(p.name, e.partner_id) as partner, e.ladder, e.tier, e.requirement,
       e.from_on as "fromOn", e.until_on as "untilOn", e.ended_at as "endedAt", e.ended_reason as "endedReason",
       e.author, e.reason
     from (select 'override' as kind, null as requirement, ${columns} from tierlink.tier_override
       union all select 'waiver', requirement, ${columns} from tierlink.waiver) as e
     left join tierlink.partner p on p.id = e.partner_id
     where e.program = $1 and ($2::text is null or e.partner_id = $2)
       and ($3::date is null or (e.until_on >= $3 and e.ended_at is null))
     order by lower(p.name) collate "C", e.from_on, e.id collate "C"`,
    [program.name, partner, since],
  );
  return rows.map(({ endedAt, ladder, ...row }) => {
    const endedOn = endedAt === null ? null : dayOf(Date.parse(endedAt), program.timeZone);
    const { tier, requirement } = row;
    const waived = requirement === null ? null : { ladder, tier, requirement };
    const isAsked = waived && asksFor(program, waived);
    return { ...row, label: waived && waivedLabel(program, waived), isAsked, endedOn };
  });
}

/** Whether a tier asks for a requirement of that name, to reach it or to keep it. */
function asksFor(
  program: Program,
  { ladder, tier, requirement }: { ladder: string; tier: string; requirement: string },
): boolean {
  const tiers = program.ladders.find(({ key }) => key === ladder)?.tiers ?? [];
  const asked = tiers
    .filter(({ key }) => key === tier)
    .flatMap(({ requirements, keepRequirements }) => [requirements ?? [], keepRequirements ?? []])
    .map((one) => requirementIds([one].flat().flatMap(leavesOf)));
  return asked.flat().includes(requirement);
}
