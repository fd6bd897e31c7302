import { instantOf } from '../../model/clock.ts';
import type { MatchedEntity } from '../../model/match-keys.ts';
import { alive } from '../../store/alive.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { apartPairs, apartSql, ordered, pairKey } from '../records/apart.ts';
import { tableOf } from '../records/record-rows.ts';
import { type Carrier, type Judgement, judge, type Pair } from './pairs.ts';
import type { Looking, Step } from './step.ts';

/** Keys named at once. Naming them reads all that are to be looked at, so it is done for many; they take a few megabytes. */
const keysNamed = 20_000;

/** The next keys, after one, that records which are to be looked at carry under a rule, in their order. */
export async function keysToLookAt(
  executor: Executor,
  { entity, rule }: Looking,
  after: string,
): Promise<string[]> {
  const rows = await executor.query<{ key: string }>(
    `select distinct k.key collate "C" as key from tierlink.match_due d
     join tierlink.match_key k on k.entity = d.entity and k.record_id = d.record_id and k.rule = $2
     where d.entity = $1 and d.keyed and k.key > $3 collate "C" order by 1 limit ${keysNamed}`,
    [entity, rule, after],
  );
  return rows.map((row) => row.key);
}

/** The records that count and carry each of the keys, of connections that were read to their end. */
export async function carriersOf(
  executor: Executor,
  { entity, rule, ready }: Looking,
  keys: readonly string[],
): Promise<Map<string, Carrier[]>> {
  const rows = await executor.query<Carrier & { key: string }>(
    `select c.key, c."recordId", c."isOwn", c.connections, c."otherKeys" from (
       select k.key, k.record_id as "recordId", bool_or(k.source_id = k.record_id) as "isOwn",
         array(select distinct l.connection from tierlink.link l
           where l.record_id = k.record_id and l.entity = $1 and l.state = 'live') as connections,
         array(select distinct f.rule || ' ' || f.key from tierlink.match_key f
           where f.entity = $1 and f.record_id = k.record_id and f.rule <> $2) as "otherKeys"
       from tierlink.match_key k join ${tableOf(entity)} t on t.id = k.record_id
       where k.entity = $1 and k.rule = $2 and k.key = any($3::text[])
         and ${alive('t')}
       group by k.key, k.record_id) c
     where cardinality(c.connections) > 0 and c.connections <@ $4::text[]`,
    [entity, rule, [...keys], [...ready]],
  );
  const found = new Map<string, Carrier[]>();
  for (const { key, ...carrier } of rows) found.set(key, [...(found.get(key) ?? []), carrier]);
  return found;
}

/** Whether a key has something to join; looked at once more under the lock that joining takes. */
export function wouldJoin(
  { matching }: Step,
  { mayJoin, needsSecond }: Looking,
  carriers: readonly Carrier[] | undefined,
): boolean {
  if (!mayJoin || carriers === undefined) return false;
  const options = { order: matching.connections, mayJoin, needsSecond, wasParted: () => false };
  return judge(carriers, options).joins.length > 0;
}

/** What follows from a key, and every record that has a part in it. */
export interface JudgedKey extends Judgement {
  key: string;
  carriers: readonly string[];
}

/** What follows from each of the keys as everything is now. */
export async function judgeKeys(
  tx: Tx,
  step: Step,
  { looking, keys }: { looking: Looking; keys: readonly string[] },
): Promise<JudgedKey[]> {
  const found = await carriersOf(tx, looking, keys);
  const idsOf = (key: string) => (found.get(key) ?? []).map(({ recordId }) => recordId);
  const parted = await partedPairs(tx, looking.entity, keys.flatMap(idsOf));
  const options = {
    order: step.matching.connections,
    mayJoin: looking.mayJoin,
    needsSecond: looking.needsSecond,
    wasParted: (one: string, other: string) => parted.has(pairKey(one, other)),
  };
  return keys.map((key) => ({ key, carriers: idsOf(key), ...judge(found.get(key) ?? [], options) }));
}

/** Pairs that a person has refused, taken apart again or keeps apart. */
async function partedPairs(tx: Tx, entity: MatchedEntity, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ one: string; other: string }>(
    `select one, other from tierlink.match where entity = $1 and state in ('refused', 'undone')
       and one = any($2::text[]) and other = any($2::text[])`,
    [entity, [...ids]],
  );
  const parted = await apartPairs(tx, entity, ids);
  for (const { one, other } of rows) parted.add(pairKey(one, other));
  return parted;
}

/**
 * Keeps the proposals of keys, once per pair: one that waits already under any rule, or was decided under this rule and
 * key, stays as it is. Returns how many are new.
 */
export async function storeProposals(
  tx: Tx,
  step: Step,
  { looking, keys }: { looking: Looking; keys: readonly string[] },
): Promise<number> {
  const found = await carriersOf(tx, looking, keys);
  const options = {
    order: step.matching.connections,
    mayJoin: false,
    needsSecond: false,
    wasParted: () => false,
  };
  const rows = [...found].flatMap(([key, carriers]) =>
    judge(carriers, options).proposals.map((pair) => rowOf(key, pair)),
  );
  if (rows.length === 0) return 0;
  const stored = await tx.query(
    `insert into tierlink.match (id, entity, one, other, rule, key, state, since)
     select 'm-' || lpad(nextval('tierlink.match_number')::text, 6, '0'), $1, p.one, p.other, $2, p.key, 'open',
       $3::timestamptz
     from (select r.*, row_number() over (partition by r.one, r.other order by r.key) as turn
       from jsonb_to_recordset($4::jsonb) as r(one text, other text, key text)) p
     where p.turn = 1 and not ${apartSql('$1', ['p.one', 'p.other'])}
       and not exists (select from tierlink.match m where m.entity = $1 and m.one = p.one and m.other = p.other
         and (m.state = 'open' or (m.rule = $2 and m.key = p.key)
           or m.seen @> jsonb_build_array(jsonb_build_object('rule', $2::text, 'key', p.key))))
     order by p.key, p.one, p.other
     on conflict do nothing returning id`,
    [looking.entity, looking.rule, instantOf(step.engine.clock.now()), JSON.stringify(rows)],
  );
  return stored.length;
}

function rowOf(key: string, { survivor, joined }: Pair): Record<string, string> {
  const [one, other] = ordered(survivor, joined);
  return { one, other, key };
}
