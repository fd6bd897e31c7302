import type { MemoryRow } from '../../connectors/memory/crm.ts';
import type { MismatchCause } from '../../src/model/mismatch-causes.ts';
import type { PassHouse } from '../sync/pass-house.ts';

/** A month before the records of a house are read, so that they spread over the calendar. */
export function spreadOverMonths(house: PassHouse, object: string, months = 6): void {
  for (const [index, row] of house.crm.rows(object).entries()) {
    const at = new Date(Date.UTC(2025, index % months, 15, 12)).toISOString();
    row.createdAt = at;
    row.modifiedAt = at;
  }
}

/** A change that the stream of changes never tells: its place in the history is one that was read long ago. */
function untold(house: PassHouse, object: string, change: () => string): MemoryRow {
  const held = house.crm.object(object)!;
  const before = held.seq;
  const row = house.crm.find(object, change())!;
  row.seq = 0;
  held.seq = before;
  return row;
}

/** Makes one record differ in one way. Returns the CRM's id of what should be found. */
export type Corrupt = (house: PassHouse, deal: string) => Promise<string>;

export const corruptions: Readonly<Partial<Record<MismatchCause, Corrupt>>> = {
  late_row: async (house) => {
    const row = untold(house, 'Deal', () => house.addDeal(house.crm.rows('Account')[0]!.id, '77.00'));
    row.createdAt = '2025-03-20T12:00:00.000Z';
    row.modifiedAt = row.createdAt;
    return row.id;
  },
  late_change: async (house, deal) => {
    untold(house, 'Deal', () => {
      house.crm.update('Deal', deal, { Amount: '78.00' });
      return deal;
    });
    return deal;
  },
  unstamped_change: async (house, deal) => {
    house.crm.find('Deal', deal)!.fields.Amount = '79.00';
    return deal;
  },
  missed_delete: async (house, deal) => {
    untold(house, 'Deal', () => {
      house.crm.remove('Deal', deal);
      return deal;
    });
    return deal;
  },
  scope_moved: async (house) => {
    const partner = house.crm.rows('Account').at(-1)!.id;
    house.crm.find('Account', partner)!.fields.Kind = 'Customer';
    return partner;
  },
  local_edit: async ({ store }, deal) => {
    await store.query(
      `update tierlink.deal set amount = 80 where id = (select record_id from tierlink.link where object = 'Deal' and crm_id = $1)`,
      [deal],
    );
    return deal;
  },
  unsent_edit: async ({ store, crm }) => {
    const partner = crm.rows('Account')[0]!.id;
    await store.query(
      `update tierlink.partner set phone = '999' where id = (select record_id from tierlink.link where object = 'Account' and crm_id = $1)`,
      [partner],
    );
    return partner;
  },
  lost_link: async ({ store }, deal) => {
    await store.query(`delete from tierlink.link where object = 'Deal' and crm_id = $1`, [deal]);
    return deal;
  },
  duplicate: async ({ store, crm }) => {
    const [first, second] = crm.rows('Account').map(({ id }) => id);
    await store.query(
      `update tierlink.link set record_id = (select record_id from tierlink.link where object = 'Account' and crm_id = $1),
         linked_at = linked_at + interval '1 minute' where object = 'Account' and crm_id = $2`,
      [first, second],
    );
    return second!;
  },
};
