import { expect } from '@jest/globals';
import type { PassResult } from '../../src/sync/pass.ts';
import type { World } from './convergence-world.ts';

/** Requests that change records, so far. */
export function writes({ channel }: World): string[] {
  const changes =
    /^(PATCH|DELETE) |^POST .*\/v[\d.]+\/(sobjects\/[^/]+\/?|composite\/sobjects\/?|jobs\/ingest\/?)$/;
  return channel.standIn.simulator.calls.log.filter((line) => changes.test(line));
}

/** Whether a pass found and did nothing: neither side had anything to tell the other. */
export function expectNothingDone({ connections }: PassResult): void {
  const [result] = connections;
  expect(result!.push!.total.claimed).toBe(0);
  for (const { object, counts } of result!.pull!.objects) {
    for (const [entity, each] of Object.entries(counts)) {
      const { created, updated, deleted, merged, restored, leftScope } = each;
      const done = { created, updated, deleted, merged, restored, leftScope };
      expect({ object, entity, ...done }).toEqual({
        object,
        entity,
        created: 0,
        updated: 0,
        deleted: 0,
        merged: 0,
        restored: 0,
        leftScope: 0,
      });
      expect(each.read).toBe(each.unchanged + each.held + each.invalid + each.outOfScope);
    }
  }
}

/** What we could not take is named: certificates of people who are gone, and nothing else. */
export async function expectFaultsNamed({ channel, store }: World): Promise<void> {
  const orphans = channel.org.dump('Partner_Certification__c').filter((row) => row.Contact__c === null);
  const named = await store.query<{ crm_id: string }>(
    `select distinct crm_id from tierlink.reject where direction = 'in' order by 1`,
  );
  expect(named.map((row) => row.crm_id)).toEqual(orphans.map((row) => String(row.Id)).sort());
  expect(await store.query(`select * from tierlink.reject where direction = 'out'`)).toEqual([]);
}

/** Every record that we made in the CRM is one of ours, once. */
export async function expectNoStrayRecords({ channel, store }: World): Promise<void> {
  const made = { Tierlink_Decision__c: 'decision', Tierlink_KPI_Period__c: 'kpi_period' };
  for (const [object, table] of Object.entries(made)) {
    const ours = await store.query<{ id: string }>(`select id from tierlink.${table} order by id`);
    const known = new Set(ours.map(({ id }) => id));
    const theirs = channel.org.dump(object).map((row) => String(row.Tierlink_Id__c));
    expect(theirs.filter((id) => !known.has(id))).toEqual([]);
    expect(new Set(theirs).size).toBe(theirs.length);
  }
}

/** The tier that the CRM shows is the program's, or a person was told that it is not. */
export async function expectTiersTold({ channel, store }: World): Promise<void> {
  const rows = await store.query<{ id: string; tier: string; is_told: boolean }>(
    `select l.crm_id as id, s.tier, exists (select 1 from tierlink.difference d
       where d.crm_id = l.crm_id and d.attribute = 'tier' and d.kind = 'drift') as is_told
     from tierlink.tier_state s join tierlink.link l on l.record_id = s.partner_id and l.entity = 'partner'
     where l.state = 'live' and s.closed_at is null and s.tier is not null`,
  );
  for (const { id, tier, is_told: isTold } of rows) {
    const shown = String(channel.org.find(id)!.row.Partner_Tier__c ?? '').toLowerCase();
    expect({ id, isSame: shown === tier || isTold, shown, tier }).toMatchObject({ isSame: true });
  }
}
