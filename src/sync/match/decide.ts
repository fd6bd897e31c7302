import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import {
  isMatchedEntity,
  type MatchedEntity,
  type Matching,
  type MatchRule,
} from '../../model/match-keys.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import type { Tx } from '../../store/store.ts';
import type { Engine } from '../engine.ts';
import { endApart } from '../records/apart.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { type BeforeMatch, type JoinedMatch, joinPairs } from './join.ts';
import { pairLivesSql, sharedKeys } from './proposals.ts';
import { hasSides } from './sides.ts';

/** open: a person decides · joined: one record since then · refused: two companies · undone: joined by mistake. */
export type MatchState = 'open' | 'joined' | 'refused' | 'undone';

/** A match as it is stored, locked until the transaction ends. */
export interface MatchRow {
  id: string;
  entity: MatchedEntity;
  one: string;
  other: string;
  rule: MatchRule;
  key: string;
  state: MatchState;
  survivor: string | null;
  /** ISO instant; null while it is open. */
  decidedAt: string | null;
  before: BeforeMatch;
}

/** Throws MATCH_SINGLE for a project in which nothing is matched. */
export async function requireMatching({ matching, store }: Engine): Promise<Matching> {
  if (!matching || !(await hasSides(store, matching))) throw new TierlinkError('MATCH_SINGLE');
  return matching;
}

/** Throws MATCH_UNKNOWN. */
export async function lockMatch(tx: Tx, id: string): Promise<MatchRow> {
  const [row] = await tx.query<MatchRow & Record<string, unknown>>(
    `select id, entity, one, other, rule, key, state, survivor, decided_at as "decidedAt", before from tierlink.match
     where id = $1 for update`,
    [id.toLowerCase()],
  );
  if (row === undefined || !isMatchedEntity(row.entity))
    throw new TierlinkError('MATCH_UNKNOWN', { match: id });
  return row;
}

/**
 * Makes the two records of a match one, because a person says that they are the same; one that was refused or undone may
 * be accepted after all. Throws MATCH_SINGLE, MATCH_UNKNOWN, MATCH_DECIDED when it is joined already, and MATCH_OUTDATED
 * when the two are no pair any more.
 */
export async function acceptMatch(engine: Engine, id: string): Promise<JoinedMatch> {
  const matching = await requireMatching(engine);
  return await decide(engine, async (tx, now) => {
    await lockMerges(tx, 'alone');
    const match = await lockMatch(tx, id);
    if (match.state === 'joined')
      throw new TierlinkError('MATCH_DECIDED', { match: match.id, state: match.state });
    await requirePair(tx, match);
    const [survivor, joined] = await inOrder(tx, matching, match);
    const { entity, rule, key } = match;
    await endApart(tx, entity, [survivor, joined]);
    const by = { by: engine.actor, runId: null, ownership: engine.ownership?.() };
    const pairs = [{ rule, key, survivor, joined }];
    const [made] = await joinPairs(tx, { entity, pairs, now, ...by });
    return made!;
  });
}

/**
 * Keeps two records apart for good: no rule and key that they share now proposes or joins them again. Throws
 * MATCH_UNKNOWN, and MATCH_DECIDED when it is not open.
 */
export async function refuseMatch(engine: Engine, id: string, reason: string): Promise<void> {
  await decide(engine, async (tx, now) => {
    const match = await lockMatch(tx, id);
    if (match.state !== 'open')
      throw new TierlinkError('MATCH_DECIDED', { match: match.id, state: match.state });
    await part(tx, match, { state: 'refused', by: engine.actor, reason, now });
  });
}

/** Notes that two records are not the same, with everything that could have said so. */
export async function part(
  tx: Tx,
  { id, entity, one, other }: MatchRow,
  to: { state: 'refused' | 'undone'; by: string; reason: string | null; now: string },
): Promise<void> {
  const seen = await sharedKeys(tx, entity, [one, other]);
  await tx.query(
    `update tierlink.match set state = $2, decided_at = $3::timestamptz, decided_by = $4, reason = $5, seen = $6::jsonb
     where id = $1`,
    [id, to.state, to.now, to.by, to.reason, JSON.stringify(seen)],
  );
}

/** One transaction of a person's decision; it is begun again when it meets others. */
export async function decide<T>(engine: Engine, work: (tx: Tx, now: string) => Promise<T>): Promise<T> {
  return await despiteConflicts(() =>
    engine.store.transaction((tx) => work(tx, instantOf(engine.clock.now()))),
  );
}

async function requirePair(tx: Tx, { id, entity, one, other }: MatchRow): Promise<void> {
  const [row] = await tx.query<{ lives: boolean }>(
    `select ${pairLivesSql(entity, 'm')} as lives from (select $1::text as entity, $2::text as one, $3::text as other) m`,
    [entity, one, other],
  );
  if (row?.lives === true) return;
  const reason = 'one of them is no longer in the program, or one CRM has both';
  throw new TierlinkError('MATCH_OUTDATED', { match: id, reason });
}

/** The record of the connection that comes first in tierlink.yaml, and the other one. */
async function inOrder(
  tx: Tx,
  { connections }: Matching,
  { entity, one, other }: MatchRow,
): Promise<[string, string]> {
  const [first] = await tx.query<{ record_id: string }>(
    `select record_id from tierlink.link
     where entity = $1 and record_id = any($2::text[]) and state = 'live'
     order by array_position($3::text[], connection), record_id limit 1`,
    [entity, [one, other], [...connections]],
  );
  return first?.record_id === other ? [other, one] : [one, other];
}
