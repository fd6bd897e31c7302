import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { idOfParts } from '../model/record-id.ts';
import { isCalendarDate } from '../model/values.ts';
import { dayOf } from '../program/civil-date.ts';
import { suggestion } from '../program/closest.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import { tierNamed } from './evaluate.ts';
import { ladderOf, noLadderReason } from './ladder-of.ts';
import { loadFamilies, loadInputs, loadOverrides } from './load.ts';
import type { Override } from './types.ts';

export interface NewOverride {
  program: Program;
  partnerId: string;
  /** Key, label or CRM value of the tier. */
  tier: string;
  reason: string;
  author: string;
  /** Last day on which it holds. */
  until: string;
  /** First day. (Default: today) */
  from?: string;
  /** Epoch milliseconds. */
  now: number;
}

/**
 * Records that a person sets a partner's tier until a day. Takes effect with the next evaluation, for which the partner
 * is due at once. Throws TIER_NONE, TIER_UNKNOWN or OVERRIDE_INVALID; nothing is recorded then.
 */
export async function createOverride(
  store: Store,
  request: NewOverride,
): Promise<Override & { ladder: string }> {
  const { program, partnerId, now } = request;
  return await store.transaction(async (tx) => {
    const ladder = await ladderFor(tx, request);
    const tier = tierNamed(ladder, request.tier);
    if (tier === null) throw unknownTier(program, ladder, request.tier);
    const today = dayOf(now, program.timeZone);
    const fromOn = request.from ?? today;
    refuseInvalid(request, { fromOn, today });
    const { reason, author, until: untilOn } = request;
    const id = idOfParts('ovr', [
      program.name,
      ladder.key,
      partnerId,
      tier,
      fromOn,
      untilOn,
      reason,
      author,
      String(now),
    ]);
    await tx.query(
      `insert into tierlink.tier_override
         (id, program, ladder, partner_id, tier, reason, author, from_on, until_on, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
      [
        id,
        program.name,
        ladder.key,
        partnerId,
        tier,
        reason.trim(),
        author.trim(),
        fromOn,
        untilOn,
        instantOf(now),
      ],
    );
    await makeDue(tx, { program, partnerId, now });
    return { id, ladder: ladder.key, tier, reason, author, fromOn, untilOn, endedOn: null };
  });
}

/** Ends an override early. Throws OVERRIDE_INVALID when there is no such override that still holds. */
export async function endOverride(
  store: Store,
  request: { program: Program; id: string; reason: string; now: number },
): Promise<void> {
  const { program, id, reason, now } = request;
  await store.transaction(async (tx) => {
    const [ended] = await tx.query<{ partner_id: string }>(
      `update tierlink.tier_override set ended_at = $3, ended_reason = $4
       where id = $1 and program = $2 and ended_at is null and until_on >= $5 returning partner_id`,
      [id, program.name, instantOf(now), reason, dayOf(now, program.timeZone)],
    );
    if (ended === undefined)
      throw new TierlinkError('OVERRIDE_INVALID', { reason: `no override ${id} is in force` });
    await makeDue(tx, { program, partnerId: ended.partner_id, now });
  });
}

/** The overrides of a partner and of those merged into it, the oldest first. */
export async function listOverrides(
  executor: Executor,
  { program, partnerId }: { program: Program; partnerId: string },
): Promise<(Override & { partnerId: string; ladder: string })[]> {
  const family = await loadFamilies(executor, [partnerId]);
  return await loadOverrides(executor, program, [partnerId, ...family.keys()]);
}

async function ladderFor(tx: Tx, { program, partnerId, now }: NewOverride): Promise<LadderDefinition> {
  const [inputs] = await loadInputs(tx, { program, partners: [partnerId], now });
  const ladder = inputs === undefined ? null : ladderOf(program, inputs.partner);
  if (inputs === undefined || ladder === null) {
    const because =
      inputs === undefined ? 'it is not in the program' : noLadderReason(program, inputs.partner);
    throw new TierlinkError('TIER_NONE', { program: program.name, partner: partnerId, because });
  }
  return ladder;
}

function unknownTier(program: Program, ladder: LadderDefinition, tier: string): TierlinkError {
  const known = ladder.tiers.map(({ label }) => label);
  return new TierlinkError('TIER_UNKNOWN', {
    program: program.name,
    tier: tier + suggestion(tier, known),
    known: known.join(', '),
  });
}

function refuseInvalid(
  { reason, author, until }: NewOverride,
  { fromOn, today }: { fromOn: string; today: string },
): void {
  const wrong =
    (reason.trim() === '' && 'it needs a reason') ||
    (author.trim() === '' && 'it needs an author') ||
    (!isCalendarDate(until) && `"${until}" is not a day such as 2026-01-31`) ||
    (!isCalendarDate(fromOn) && `"${fromOn}" is not a day such as 2026-01-31`) ||
    (until < today && `${until} is over`) ||
    (until < fromOn && `it would end on ${until}, before it begins on ${fromOn}`);
  if (wrong !== false) throw new TierlinkError('OVERRIDE_INVALID', { reason: wrong });
}

/** The partner, or the one that it was merged into, is evaluated next. */
async function makeDue(
  tx: Tx,
  { program, partnerId, now }: { program: Program; partnerId: string; now: number },
): Promise<void> {
  await tx.query(
    `with recursive up(id) as (
       select $2::text
       union
       select p.merged_into from up join tierlink.partner p on p.id = up.id where p.merged_into is not null)
     update tierlink.tier_state set evaluate_at = $3
     where program = $1 and partner_id in (select id from up) and closed_at is null`,
    [program.name, partnerId, instantOf(now)],
  );
}
