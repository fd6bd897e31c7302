import { createHash } from 'node:crypto';
import { instantOf } from '../../model/clock.ts';
import {
  keyVersion,
  type MatchedEntity,
  type Matching,
  type MatchRule,
  matchedEntities,
} from '../../model/match-keys.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import { ofCrm } from '../../store/crm-rows.ts';
import { assertLease } from '../../store/leases.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { type Engine, report, requireGoing, unlessAtWork } from '../engine.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { tableOf } from '../records/record-rows.ts';
import { carriersOf, judgeKeys, keysToLookAt, storeProposals, wouldJoin } from './found.ts';
import { type JoinedMatch, joinPairs } from './join.ts';
import { keyNextPage } from './keying.ts';
import { apart } from './pairs.ts';
import { dropOutdated, matchedBeside } from './proposals.ts';
import { hasSides } from './sides.ts';

/** What a step of matching did. */
export interface MatchResult {
  /** Records that were looked at. */
  looked: number;
  /** Everything that was joined by itself. */
  joined: JoinedMatch[];
  /** Proposals that are new, and all that wait for a person now. */
  proposed: number;
  open: number;
}

/** A step at work. */
export interface Step {
  engine: Engine;
  matching: Matching;
  runId: string | null;
  /** One transaction of the step; it is begun again when it meets others. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/**
 * Finds records of several connections that are the same company: joins those that a rule of the project joins by itself
 * and proposes the others. It looks at what changed since it last did, and at everything when connections or rules are
 * other ones, or with `all`. Interrupted anywhere, the next step looks at the same records again and ends the same. Null
 * when there is nothing to match, because the project has one connection and no companies from files, or while another run
 * is at it.
 */
export async function matchStep(
  engine: Engine,
  { runId, all = false }: { runId: string | null; all?: boolean },
): Promise<MatchResult | null> {
  const { store, matching } = engine;
  if (!matching || !(await hasSides(store, matching))) return null;
  requireGoing(engine);
  if (!all && !(await hasMatchWork(store, matching)))
    return { looked: 0, joined: [], proposed: 0, open: await countOpen(store) };
  report(engine, { connection: null, step: 'matching', state: 'started' });
  const result = await unlessAtWork(engine, 'matching', async ({ lease }) => {
    const transaction: Step['transaction'] = (work) =>
      despiteConflicts(() =>
        store.transaction(async (tx) => {
          await assertLease(tx, lease);
          return await work(tx);
        }),
      );
    return await matchAll({ engine, matching, runId, transaction }, all);
  });
  report(engine, { connection: null, step: 'matching', state: result === undefined ? 'skipped' : 'done' });
  return result ?? null;
}

/**
 * Whether a step has something to look at: records that were noted and whose connections were read to their end, or
 * everything because connections or rules are other ones.
 */
export async function hasMatchWork(executor: Executor, matching: Matching): Promise<boolean> {
  const [row] = await executor.query<{ due: boolean; hash: string | null }>(
    `select exists (select from tierlink.match_due d where not exists (
         select from tierlink.link l where l.entity = d.entity and l.record_id = d.record_id and l.state = 'live'
           and (l.connection <> all($2::text[]) or exists (select from tierlink.feed f
             where f.connection = l.connection and f.entity = d.entity and f.complete_to is null
               and ${ofCrm('f')})))) as due,
       (select value->>'hash' from tierlink.setting where key = $1) as hash`,
    [settingKey, [...matching.connections]],
  );
  return row?.due === true || row?.hash !== hashOf(matching);
}

/** Proposals that wait for a person. */
export async function countOpen(executor: Executor): Promise<number> {
  const [row] = await executor.query<{ open: number }>(
    `select count(*)::integer as open from tierlink.match where state = 'open'`,
  );
  return row?.open ?? 0;
}

const settingKey = 'matching';

function hashOf(matching: Matching): string {
  const connections = [...matching.connections].sort();
  const rules = matchedEntities.map((entity) => {
    const { join, review, numberAlone } = matching[entity];
    return [join, review, numberAlone];
  });
  return createHash('sha256')
    .update(JSON.stringify([keyVersion, connections, rules]))
    .digest('hex')
    .slice(0, 16);
}

/** Lets the next step of matching look at everything. For a project without two sides to match, where nothing is noted. */
export async function forgetMatched(executor: Executor): Promise<void> {
  await executor.query('delete from tierlink.setting where key = $1', [settingKey]);
}

async function matchAll(step: Step, all: boolean): Promise<MatchResult> {
  await noteEverything(step, all);
  const result: MatchResult = { looked: 0, joined: [], proposed: 0, open: 0 };
  for (const entity of matchedEntities) await matchEntity(step, entity, result);
  return { ...result, open: await countOpen(step.engine.store) };
}

/** Notes every record where what was noted before is not enough. */
async function noteEverything(step: Step, all: boolean): Promise<void> {
  const hash = hashOf(step.matching);
  await step.transaction(async (tx) => {
    const [known] = await tx.query<{ hash: string }>(
      `select value->>'hash' as hash from tierlink.setting where key = $1`,
      [settingKey],
    );
    if (!all && known?.hash === hash) return;
    const now = instantOf(step.engine.clock.now());
    for (const entity of matchedEntities) {
      await tx.query(
        `insert into tierlink.match_due (entity, record_id, since)
         select $1, id, $2::timestamptz from ${tableOf(entity)} where merged_into is null order by id
         on conflict (entity, record_id) do update set since = excluded.since, keyed = false`,
        [entity, now],
      );
    }
    await tx.query(
      `insert into tierlink.setting (key, value, updated_at) values ($1, $2::jsonb, $3::timestamptz)
       on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [settingKey, JSON.stringify({ hash }), now],
    );
  });
}

/** Joining changes what is known of a survivor, so it is looked at again; that ends because each join leaves fewer records. */
async function matchEntity(step: Step, entity: MatchedEntity, result: MatchResult): Promise<void> {
  const ready = await readyConnections(step, entity);
  for (;;) {
    for (let keyed = -1; keyed !== 0; ) {
      requireGoing(step.engine);
      keyed = await keyNextPage(step, entity, ready);
      result.looked += keyed;
    }
    if (!(await hasKeyed(step, entity))) return;
    const { join, review, numberAlone } = step.matching[entity];
    const looking = { entity, ready };
    for (const rule of join) {
      const needsSecond = rule === 'number' && !numberAlone;
      await matchByRule(step, { ...looking, rule, mayJoin: true, needsSecond }, result);
    }
    for (const rule of review)
      await matchByRule(step, { ...looking, rule, mayJoin: false, needsSecond: false }, result);
    await step.transaction(async (tx) => {
      await dropOutdated(tx, entity);
      await tx.query('delete from tierlink.match_due where entity = $1 and keyed', [entity]);
    });
  }
}

async function hasKeyed(step: Step, entity: MatchedEntity): Promise<boolean> {
  const rows = await step.engine.store.query(
    'select 1 from tierlink.match_due where entity = $1 and keyed limit 1',
    [entity],
  );
  return rows.length > 0;
}

/** Connections of which everything was read once: of the others nobody knows what else carries a key. */
async function readyConnections({ engine, matching }: Step, entity: MatchedEntity): Promise<string[]> {
  const rows = await engine.store.query<{ connection: string }>(
    `select c as connection from unnest($2::text[]) as c
     where not exists (select from tierlink.feed f where f.connection = c and f.entity = $1
       and f.complete_to is null and ${ofCrm('f')})
     order by 1`,
    [entity, [...matching.connections]],
  );
  return rows.map((row) => row.connection);
}

/** What is looked at under one rule. */
export interface Looking {
  entity: MatchedEntity;
  rule: MatchRule;
  mayJoin: boolean;
  /** Whether the key alone is not enough to join. */
  needsSecond: boolean;
  /** Connections that were read to their end. */
  ready: readonly string[];
}

async function matchByRule(step: Step, looking: Looking, result: MatchResult): Promise<void> {
  for (let after = ''; ; ) {
    requireGoing(step.engine);
    const keys = await keysToLookAt(step.engine.store, looking, after);
    if (keys.length === 0) return;
    after = keys.at(-1)!;
    for (let start = 0; start < keys.length; start += keysPerPage)
      await matchByKeys(step, { looking, keys: keys.slice(start, start + keysPerPage) }, result);
  }
}

/** Keys looked at in one go, and joined in one transaction: pages of reading wait for it. */
const keysPerPage = 500;

async function matchByKeys(
  step: Step,
  { looking, keys }: { looking: Looking; keys: readonly string[] },
  result: MatchResult,
): Promise<void> {
  requireGoing(step.engine);
  const found = await carriersOf(step.engine.store, looking, keys);
  const sure = keys.filter((each) => wouldJoin(step, looking, found.get(each)));
  result.joined.push(...(await joinByKeys(step, looking, sure)));
  result.proposed += await step.transaction((tx) => storeProposals(tx, step, { looking, keys }));
}

/**
 * Joins what follows from keys, as if one came after the other: a transaction takes all that have nothing to do with each
 * other, and what is left is judged anew in the next one.
 */
async function joinByKeys(step: Step, looking: Looking, keys: readonly string[]): Promise<JoinedMatch[]> {
  const joined: JoinedMatch[] = [];
  for (let left = keys; left.length > 0; ) {
    requireGoing(step.engine);
    const done = await joinNextKeys(step, looking, left);
    joined.push(...done.joined);
    left = done.left;
  }
  return joined;
}

/** No page may be storing references while records are joined, and what it stored before counts. */
async function joinNextKeys(
  step: Step,
  looking: Looking,
  keys: readonly string[],
): Promise<{ joined: JoinedMatch[]; left: string[] }> {
  return await step.transaction(async (tx) => {
    await lockMerges(tx, 'alone');
    const judged = await judgeKeys(tx, step, { looking, keys });
    const ids = judged.flatMap(({ carriers }) => carriers);
    const { pairs, left } = apart(judged, await matchedBeside(tx, looking.entity, ids));
    const { entity, rule } = looking;
    const joined = await joinPairs(tx, {
      entity,
      pairs: pairs.map((pair) => ({ ...pair, rule })),
      now: instantOf(step.engine.clock.now()),
      by: 'tierlink',
      runId: step.runId,
      ownership: step.engine.ownership?.(),
    });
    return { joined, left };
  });
}
