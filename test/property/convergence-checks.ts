import { expect } from '@jest/globals';
import type { PassResult } from '../../src/sync/pass/pass.ts';
import type { World } from './convergence-world.ts';

/** Whether a pass found and did nothing: no side had anything to tell another. */
export function expectNothingDone({ connections }: PassResult): void {
  for (const { connection, push, pull } of connections) {
    expect({ connection, claimed: push!.total.claimed }).toEqual({ connection, claimed: 0 });
    for (const { object, counts } of pull!.objects) {
      for (const [entity, each] of Object.entries(counts)) {
        const { created, updated, deleted, merged, restored, leftScope } = each;
        const done = { created, updated, deleted, merged, restored, leftScope };
        expect({ connection, object, entity, ...done }).toEqual({
          connection,
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
}

/** What we could not take is named: certificates of people who are gone, and nothing else. */
export async function expectFaultsNamed({ sites, store }: World): Promise<void> {
  const orphans = sites.flatMap(({ channel }) =>
    channel.rows('certification').filter(({ person }) => person === null),
  );
  const named = await store.query<{ crm_id: string }>(
    `select distinct crm_id from tierlink.reject where direction = 'in' order by 1`,
  );
  expect(named.map((row) => row.crm_id).sort()).toEqual(orphans.map(({ id }) => id).sort());
  expect(await store.query(`select * from tierlink.reject where direction = 'out'`)).toEqual([]);
}

/** Every record that we made in a CRM is one of ours, once. */
export async function expectNoStrayRecords({ sites, store }: World): Promise<void> {
  const made = { decision: 'decision', kpiPeriod: 'kpi_period' } as const;
  for (const [entity, table] of Object.entries(made)) {
    const ours = await store.query<{ id: string }>(`select id from tierlink.${table} order by id`);
    const known = new Set(ours.map(({ id }) => id));
    for (const { channel } of sites) {
      const theirs = channel.madeByUs(entity as keyof typeof made).map(({ key }) => key);
      expect(theirs.filter((key) => !known.has(key))).toEqual([]);
      expect(new Set(theirs).size).toBe(theirs.length);
    }
  }
}

/** The tier that each CRM shows is the program's, or a person was told that it is not. */
export async function expectTiersTold({ sites, store }: World): Promise<void> {
  for (const { alias, channel } of sites) {
    const rows = await store.query<{ id: string; tier: string; is_told: boolean }>(
      `select l.crm_id as id, s.tier, exists (select 1 from tierlink.difference d
         where d.connection = l.connection and d.crm_id = l.crm_id
           and d.attribute = 'tier' and d.kind = 'drift') as is_told
       from tierlink.tier_state s join tierlink.link l on l.record_id = s.partner_id and l.entity = 'partner'
       where l.connection = $1 and l.state = 'live' and s.closed_at is null and s.tier is not null`,
      [alias],
    );
    for (const { id, tier, is_told: isTold } of rows) {
      const shown = String(channel.find('partner', id)!.tier ?? '').toLowerCase();
      expect({ alias, id, isSame: shown === tier || isTold, shown, tier }).toMatchObject({ isSame: true });
    }
  }
}
