import { instantOf } from '../../model/clock.ts';
import { filesAlias } from '../../model/record-id.ts';
import { alive } from '../../store/alive.ts';
import { writeAudit } from '../../store/audit.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Tx } from '../../store/store.ts';
import type { Engine } from '../engine.ts';
import { fillBlanks, readAnew } from '../match/join.ts';
import { joinRecords, type RecordPair } from '../match/join-records.ts';
import { apartSql } from '../records/apart.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { loadRecords } from '../records/record-rows.ts';

/**
 * Makes people that files brought in one with those of a CRM that have their address, because the same address is the same
 * person: otherwise whoever the CRM gets later would be counted twice. The person of the CRM stays, with the certificates
 * of both. An address that several people of CRMs have says nothing. Looks only where people were noted since it last
 * looked. Returns how many were joined.
 */
export async function joinFilePeople(engine: Engine, runId: string | null): Promise<number> {
  const [first] = await engine.store.query('select 1 from tierlink.person_due limit 1');
  if (first === undefined) return 0;
  return await despiteConflicts(() =>
    engine.store.transaction(async (tx) => {
      await lockMerges(tx, 'alone');
      const pairs = await samePeople(tx);
      if (pairs.length > 0)
        await join(tx, pairs, { now: instantOf(engine.clock.now()), runId, actor: engine.actor });
      // The lock has waited for every page at work, so that nothing is noted that was not looked at.
      await tx.query('delete from tierlink.person_due');
      return pairs.length;
    }),
  );
}

async function samePeople(tx: Executor): Promise<RecordPair[]> {
  const inCrm = (row: string) => `exists (select from tierlink.link l where l.entity = 'person'
    and l.record_id = ${row}.id and l.state = 'live' and l.connection <> $1)`;
  return await tx.query<RecordPair & Record<string, unknown>>(
    `select f.id as "from", min(c.id) as "to" from tierlink.link o
     join tierlink.person f on f.id = o.record_id
     join tierlink.person c on lower(btrim(c.email)) = lower(btrim(f.email)) and c.id <> f.id
     where o.connection = $1 and o.entity = 'person' and btrim(f.email) <> ''
       and ${alive('f')} and not ${inCrm('f')} and ${alive('c')} and ${inCrm('c')}
       and not ${apartSql("'person'", ['f.id', 'c.id'])}
     group by f.id having count(distinct c.id) = 1 order by 1`,
    [filesAlias],
  );
}

async function join(
  tx: Tx,
  pairs: readonly RecordPair[],
  { now, runId, actor }: { now: string; runId: string | null; actor: string },
): Promise<void> {
  const entity = 'person';
  const survivors = pairs.map(({ to }) => to);
  const rows = await loadRecords(tx, entity, [...survivors, ...pairs.map(({ from }) => from)]);
  const moved = await joinRecords({ tx, now, entity }, pairs);
  await fillBlanks(
    tx,
    { entity, now, pairs: pairs.map(({ from, to }) => ({ joined: from, survivor: to })) },
    rows,
  );
  await readAnew(tx, entity, [...moved.values()].flat());
  await markOutbox(tx, { entity, recordIds: survivors, now });
  await writeAudit(
    tx,
    pairs.map(({ from, to }) => ({
      at: now,
      runId,
      connection: filesAlias,
      object: 'people',
      crmId: moved.get(from)?.[0]?.crmId,
      entity,
      recordId: from,
      action: 'match',
      before: { record: from },
      after: { record: to, rule: 'email' },
      actor,
    })),
  );
}
