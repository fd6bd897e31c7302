import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { suggestion } from '../model/closest.ts';
import { idOfParts } from '../model/record-id.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import { computeTier } from './computed.ts';
import { partnerLabel } from './load.ts';
import { loadWaivers } from './load-exceptions.ts';
import { auditException, ladderFor, makePartnerDue, whatIsWrong } from './overrides.ts';
import type { RequirementEvidence, Waiver } from './types.ts';

export interface NewWaiver {
  program: Program;
  partnerId: string;
  /** Key, label or CRM value of the tier that asks for it. */
  tier: string;
  /** Name or label of the requirement. */
  requirement: string;
  reason: string;
  author: string;
  /** Last day on which it holds. */
  until: string;
  /** First day. (Default: today) */
  from?: string | undefined;
  /** Epoch milliseconds. */
  now: number;
}

export interface KnownWaiver extends Waiver {
  partnerId: string;
  ladder: string;
}

/**
 * Records that one partner need not meet one requirement of a tier until a day. Takes effect with the next evaluation, for
 * which the partner is due at once. Throws TIER_NONE, TIER_UNKNOWN or WAIVER_INVALID; nothing is recorded then.
 */
export async function createWaiver(store: Store, request: NewWaiver): Promise<KnownWaiver> {
  const { program, partnerId, now } = request;
  return await store.transaction(async (tx) => {
    const { ladder, tier, holder } = await ladderFor(tx, request);
    if (holder !== undefined) {
      const remedy = `Waive it for the company: tierlink tier waive "${holder.name}" ...`;
      throw await invalid(tx, partnerId, { reason: `its tier is that of ${holder.name}`, remedy });
    }
    const requirement = await requirementNamed(tx, request, { ladder, tier });
    const today = dayOf(now, program.timeZone);
    const fromOn = request.from ?? today;
    const wrong = whatIsWrong(request, { fromOn, today });
    if (wrong !== undefined) throw await invalid(tx, partnerId, wrong);
    const [reason, author, untilOn] = [request.reason.trim(), request.author.trim(), request.until];
    const key = [program.name, ladder.key, partnerId, tier, requirement, fromOn, untilOn, reason, author];
    const days = { fromOn, untilOn, endedOn: null };
    const waiver = { partnerId, ladder: ladder.key, tier, requirement, reason, author, ...days };
    const said = await saidAlready(tx, key);
    if (said !== null) return { id: said, ...waiver };
    const id = idOfParts('wvr', [...key, String(now)]);
    await tx.query(
      `insert into tierlink.waiver
         (program, ladder, partner_id, tier, requirement, from_on, until_on, reason, author, id, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`,
      [...key, id, instantOf(now)],
    );
    const after = { waiver: id, tier, requirement, untilOn };
    const audit = { action: 'waive', actor: author, before: null, after, why: reason };
    await auditException(tx, { partnerId, ...audit, now });
    await makePartnerDue(tx, { program, partnerId, now });
    return { id, ...waiver };
  });
}

/** Id of the waiver that was given last, where it says just this: somebody who saw no answer asks again. */
async function saidAlready(tx: Executor, key: readonly string[]): Promise<string | null> {
  const [row] = await tx.query<{ id: string; is_same: boolean }>(
    `select id, ended_at is null and (from_on, until_on, reason, author) = ($6::date, $7::date, $8, $9) as is_same
     from tierlink.waiver
     where program = $1 and ladder = $2 and partner_id = $3 and tier = $4 and requirement = $5
     order by created_at desc, id collate "C" desc limit 1`,
    key,
  );
  return row?.is_same === true ? row.id : null;
}

/** Ends a waiver early. Throws WAIVER_INVALID when there is no such waiver that still holds. */
export async function endWaiver(
  store: Store,
  request: { program: Program; id: string; reason: string; actor: string; now: number },
): Promise<void> {
  const { program, id, reason, actor, now } = request;
  await store.transaction(async (tx) => {
    const [ended] = await tx.query<{ partner_id: string }>(
      `update tierlink.waiver set ended_at = $3, ended_reason = $4
       where id = $1 and program = $2 and ended_at is null and until_on >= $5 returning partner_id`,
      [id, program.name, instantOf(now), reason, dayOf(now, program.timeZone)],
    );
    if (ended === undefined) {
      const remedy = 'Nothing to do: the requirement is asked again.';
      throw await invalid(tx, id, { reason: 'it is not in force any more', remedy });
    }
    const partnerId = ended.partner_id;
    const audit = { before: { waiver: id }, after: { ended: true }, why: reason };
    await auditException(tx, { partnerId, action: 'end_waiver', actor, ...audit, now });
    await makePartnerDue(tx, { program, partnerId, now });
  });
}

/** The waivers of a program, the oldest first. `partners`: only theirs. */
export async function listWaivers(
  executor: Executor,
  { program, partners }: { program: Program; partners: readonly string[] | null },
): Promise<KnownWaiver[]> {
  return await loadWaivers(executor, program, partners);
}

/** The waiver among these that is meant by the name or label of its requirement. */
export function waiverNamed(
  program: Program,
  waivers: readonly KnownWaiver[],
  requirement: string,
): KnownWaiver | undefined {
  return waivers.find((waiver) => {
    const ladder = program.ladders.find(({ key }) => key === waiver.ladder);
    const asked = ladder === undefined ? [] : requirementsAsked(program, ladder, waiver.tier);
    // What its tier does not ask for any more has no label, and is ended by its name.
    const own = asked.filter(({ id }) => id === waiver.requirement);
    return isNamed({ id: waiver.requirement, label: own[0]?.label ?? '' }, requirement);
  });
}

function isNamed({ id, label }: Pick<RequirementEvidence, 'id' | 'label'>, word: string): boolean {
  return [id, label].some((name) => name.toLowerCase() === word.trim().toLowerCase());
}

/** What a waiver waives as people call it; its name where the tier asks for it no more. */
export function waivedLabel(
  program: Program,
  { ladder, tier, requirement }: Pick<KnownWaiver, 'ladder' | 'tier' | 'requirement'>,
): string {
  const own = program.ladders.find(({ key }) => key === ladder);
  const asked = own === undefined ? [] : requirementsAsked(program, own, tier);
  return asked.find(({ id }) => id === requirement)?.label ?? requirement;
}

/** What a tier asks for to reach it, and to keep it. */
function requirementsAsked(program: Program, ladder: LadderDefinition, tier: string): RequirementEvidence[] {
  return [null, tier].flatMap((held) => {
    const { tiers } = computeTier({ program, ladder, kpis: [], partner: {}, asOf: '', held });
    return tiers.find((one) => one.tier === tier)?.requirements ?? [];
  });
}

/** A requirement by the name that evidence gives it, or by its label. */
async function requirementNamed(
  tx: Tx,
  { program, partnerId, requirement }: NewWaiver,
  { ladder, tier }: { ladder: LadderDefinition; tier: string },
): Promise<string> {
  const known = requirementsAsked(program, ladder, tier);
  const found = known.find((one) => isNamed(one, requirement));
  if (found !== undefined) return found.id;
  const ids = [...new Set(known.map(({ id }) => id))];
  throw await invalid(tx, partnerId, {
    reason: `the tier asks for no "${requirement}"${suggestion(requirement, ids)}`,
    remedy: ids.length === 0 ? 'It asks for nothing.' : `Use one of: ${ids.join(', ')}.`,
  });
}

async function invalid(
  tx: Tx,
  partnerId: string,
  { reason, remedy }: { reason: string; remedy: string },
): Promise<TierlinkError> {
  return new TierlinkError('WAIVER_INVALID', { reason, remedy, partner: await partnerLabel(tx, partnerId) });
}
