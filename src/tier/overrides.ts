import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { suggestion } from '../model/closest.ts';
import { idOfParts } from '../model/record-id.ts';
import { isCalendarDate } from '../model/values.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { type AuditEntry, writeAudit } from '../store/audit.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import type { Holder } from './company/company.ts';
import { tierNamed } from './evaluate.ts';
import { ladderOf, laddersOf, noLadderReason } from './ladder-of.ts';
import { loadFamilies, loadInputs, partnerLabel } from './load.ts';
import { loadOverrides } from './load-exceptions.ts';
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
  return await store.transaction((tx) => keepOverride(tx, request));
}

/** The same as a part of what else a transaction does. */
export async function keepOverride(tx: Tx, request: NewOverride): Promise<Override & { ladder: string }> {
  const { program, partnerId, now } = request;
  const { ladder, tier } = await ladderFor(tx, request);
  const today = dayOf(now, program.timeZone);
  const fromOn = request.from ?? today;
  const wrong = whatIsWrong(request, { fromOn, today });
  if (wrong !== undefined) throw await invalid(tx, partnerId, wrong);
  const { reason, author, until: untilOn } = request;
  const given = [tier, reason.trim(), author.trim(), fromOn, untilOn];
  const said = await saidAlready(tx, [program.name, ladder.key, partnerId], given);
  if (said !== null)
    return { id: said, ladder: ladder.key, tier, reason, author, fromOn, untilOn, endedOn: null };
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
  const after = { override: id, tier, untilOn };
  await auditException(tx, {
    partnerId,
    action: 'override',
    actor: author.trim(),
    before: null,
    after,
    why: reason.trim(),
    now,
  });
  await makePartnerDue(tx, { program, partnerId, now });
  return { id, ladder: ladder.key, tier, reason, author, fromOn, untilOn, endedOn: null };
}

/** Id of the override that a partner was given last, where it says just this: somebody who saw no answer asks again. */
async function saidAlready(
  tx: Executor,
  of: readonly string[],
  given: readonly string[],
): Promise<string | null> {
  const [row] = await tx.query<{ id: string; is_same: boolean }>(
    `select id, ended_at is null and (tier, reason, author, from_on, until_on) = ($4, $5, $6, $7::date, $8::date) as is_same
     from tierlink.tier_override where program = $1 and ladder = $2 and partner_id = $3
     order by created_at desc, id collate "C" desc limit 1`,
    [...of, ...given],
  );
  return row?.is_same === true ? row.id : null;
}

/** Ends an override early. Throws OVERRIDE_INVALID when there is no such override that still holds. */
export async function endOverride(
  store: Store,
  request: { program: Program; id: string; reason: string; actor: string; now: number },
): Promise<void> {
  const { program, id, reason, actor, now } = request;
  await store.transaction(async (tx) => {
    const [ended] = await tx.query<{ partner_id: string }>(
      `update tierlink.tier_override set ended_at = $3, ended_reason = $4
       where id = $1 and program = $2 and ended_at is null and until_on >= $5 returning partner_id`,
      [id, program.name, instantOf(now), reason, dayOf(now, program.timeZone)],
    );
    if (ended === undefined) {
      const [known] = await tx.query<{ partner_id: string }>(
        'select partner_id from tierlink.tier_override where id = $1',
        [id],
      );
      const wrong = {
        reason: 'it is not in force any more',
        remedy: 'Nothing to do: the rules decide again.',
      };
      throw await invalid(tx, known?.partner_id ?? id, wrong);
    }
    const partnerId = ended.partner_id;
    const audit = { before: { override: id }, after: { ended: true }, why: reason };
    await auditException(tx, { partnerId, action: 'end_override', actor, ...audit, now });
    await makePartnerDue(tx, { program, partnerId, now });
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

/** The ladder of a partner that has the tier; of several the one of its own tier. Throws TIER_NONE or TIER_UNKNOWN. */
export async function ladderFor(
  tx: Tx,
  { program, partnerId, tier, now }: Pick<NewOverride, 'program' | 'partnerId' | 'tier' | 'now'>,
): Promise<{ ladder: LadderDefinition; tier: string; holder: Holder | undefined }> {
  const [inputs] = await loadInputs(tx, { program, partners: [partnerId], now });
  const main = inputs === undefined ? null : ladderOf(program, inputs.partner);
  const on = inputs === undefined ? [] : laddersOf(program, inputs.partner);
  const ladders = [...on.filter((one) => one === main), ...on.filter((one) => one !== main)];
  if (inputs === undefined || ladders.length === 0) {
    const because =
      inputs === undefined ? 'it is not in the program' : noLadderReason(program, inputs.partner);
    const partner = await partnerLabel(tx, partnerId);
    throw new TierlinkError('TIER_NONE', { program: program.name, partner, because });
  }
  const ladder = ladders.find((one) => tierNamed(one, tier) !== null);
  if (ladder === undefined) throw unknownTier(program, ladders, tier);
  return { ladder, tier: tierNamed(ladder, tier)!, holder: inputs.holders?.get(ladder.key) };
}

function unknownTier(program: Program, ladders: readonly LadderDefinition[], tier: string): TierlinkError {
  const known = ladders.flatMap((ladder) => ladder.tiers).map(({ label }) => label);
  return new TierlinkError('TIER_UNKNOWN', {
    program: program.name,
    tier: tier + suggestion(tier, known),
    known: known.join(', '),
  });
}

export interface Wrong {
  reason: string;
  /** What to give instead. */
  remedy: string;
}

/** What is wrong with the words and days of an exception; undefined where nothing is. */
export function whatIsWrong(
  { reason, author, until }: Pick<NewOverride, 'reason' | 'author' | 'until'>,
  { fromOn, today }: { fromOn: string; today: string },
): Wrong | undefined {
  if (reason.trim() === '') return { reason: 'it needs a reason', remedy: 'Give --reason TEXT.' };
  if (author.trim() === '') return { reason: 'it needs an author', remedy: 'Give --author NAME.' };
  for (const [flag, day] of [
    ['--until', until],
    ['--from', fromOn],
  ] as const) {
    if (!isCalendarDate(day))
      return { reason: `${flag}: "${day}" is no day`, remedy: `Give ${flag} a day such as ${today}.` };
  }
  if (until < today) {
    const remedy = `Give --until a day that is not over: ${today} or later.`;
    return { reason: `its last day, ${until}, is over (today is ${today})`, remedy };
  }
  if (until >= fromOn) return undefined;
  const remedy = `Give --until ${fromOn} or later, or an earlier day to --from.`;
  return { reason: `it would end on ${until}, before it begins on ${fromOn}`, remedy };
}

/** The refusal, with the partner as people know it. */
async function invalid(tx: Tx, partnerId: string, { reason, remedy }: Wrong): Promise<TierlinkError> {
  const partner = await partnerLabel(tx, partnerId);
  return new TierlinkError('OVERRIDE_INVALID', { reason, remedy, partner });
}

/** Notes what a person decided about one partner. */
export async function auditException(
  tx: Tx,
  note: Pick<AuditEntry, 'action' | 'actor' | 'before' | 'after'> & {
    partnerId: string;
    why: string;
    now: number;
  },
): Promise<void> {
  const { partnerId, now, ...said } = note;
  const about = { connection: '', object: '', entity: 'partner', recordId: partnerId };
  await writeAudit(tx, [{ ...said, ...about, at: instantOf(now) }]);
}

/** The partner, or the one that it was merged into, is evaluated next. */
export async function makePartnerDue(
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
