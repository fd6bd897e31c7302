import { expect } from '@jest/globals';
import type { WriteRow } from '../../src/sync/connector.ts';
import type { ContractTests } from './connector.ts';
import { type ConnectorWorld, everything, quietly, readAll } from './connector-world.ts';

async function upsert(world: ConnectorWorld, rows: readonly WriteRow[]) {
  const { company: object, key: keyField } = world.names;
  return await world.connector.write({ object, operation: 'upsert', keyField, rows, manners: quietly });
}

async function update(world: ConnectorWorld, rows: readonly WriteRow[], object = world.names.company) {
  return await world.connector.write({ object, operation: 'update', rows, manners: quietly });
}

export const writeTests: ContractTests = {
  'nothing is written to another org than the pinned one': async ({ world, host }) => {
    const { orgId } = await world.connector.check([world.names.company]);
    host.pinned = 'another org';
    const before = host.spent.length;
    const row = { ref: 'r', key: 'k', fields: { [world.names.name]: 'A' } };
    await expect(upsert(world, [row])).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    expect(host.spent.length).toBe(before);
    expect(world.rows(world.names.company)).toEqual([]);
    host.pinned = orgId;
    await upsert(world, [row]);
    expect(world.rows(world.names.company)).toHaveLength(1);
  },

  'an upsert creates once and then updates': async ({ world }) => {
    const { names } = world;
    const row = { ref: 'r', key: 'k/1?#%', fields: { [names.name]: 'A' } };
    const [created] = await upsert(world, [row]);
    expect(created).toMatchObject({ ref: 'r', outcome: expect.stringMatching(/created|written/) });
    const [again] = await upsert(world, [{ ...row, fields: { [names.name]: 'A2' } }]);
    expect(again).toMatchObject({ ref: 'r', outcome: expect.stringMatching(/updated|written/) });
    expect(again?.id).toBe(created?.id);
    expect(world.rows(names.company)).toHaveLength(1);
    expect(world.rows(names.company)[0]).toMatchObject({ [names.name]: 'A2', [names.key]: 'k/1?#%' });
  },

  'results stand in the order of the rows, each failure with its row': async ({ world }) => {
    const { names } = world;
    const results = await upsert(world, [
      { ref: 'one', key: 'k1', fields: { [names.name]: 'A' } },
      { ref: 'two', key: 'k2', fields: { [names.name]: null } },
      { ref: 'three', key: 'k3', fields: { [names.name]: 'C' } },
      { ref: 'four', key: 'k4', fields: { [names.name]: 'D', No_Such_Field: '1' } },
    ]);
    expect(results.map((result) => result.ref)).toEqual(['one', 'two', 'three', 'four']);
    expect(results.map((result) => result.outcome === 'rejected')).toEqual([false, true, false, true]);
    expect(results[1]).toMatchObject({ code: 'CRM_REQUIRED', retry: 'never' });
    expect(results[3]).toMatchObject({ code: 'CRM_FIELD_MISSING', field: 'No_Such_Field' });
    expect(world.rows(names.company)).toHaveLength(2);
  },

  'writing nothing makes no call': async ({ world, host }) => {
    const before = host.spent.length;
    expect(await update(world, [])).toEqual([]);
    expect(host.spent.length - before).toBeLessThanOrEqual(1);
  },

  'a blank clears a field, an absent one is left alone': async ({ world }) => {
    const { names } = world;
    const [id = ''] = world.insert(names.company, [
      { [names.name]: 'A', [names.phone]: '1', [names.size]: 5 },
    ]);
    await update(world, [{ ref: 'r', id, fields: { [names.phone]: null } }]);
    const [read] = await readAll(world.connector, {
      object: names.company,
      fields: [names.phone, names.size],
      scope: everything,
    });
    expect(read?.fields).toEqual({ [names.phone]: null, [names.size]: 5 });
  },

  'a row without fields is unchanged': async ({ world }) => {
    const [id = ''] = world.insert(world.names.company, [{ [world.names.name]: 'A' }]);
    expect(await update(world, [{ ref: 'r', id, fields: {} }])).toEqual([
      { ref: 'r', id, outcome: 'unchanged' },
    ]);
  },

  'a parent can be named by its key; an unknown one is a missing reference': async ({ world }) => {
    const { names } = world;
    const [parent = ''] = world.insert(names.company, [{ [names.name]: 'A', [names.key]: 'p1' }]);
    const deals = [1, 2].map((index) => ({ ...names.dealBasics, [names.name]: `D${index}` }));
    const [first = '', second = ''] = world.insert(names.deal, deals);
    const to = (key: string) => ({ object: names.company, keyField: names.key, key });
    const results = await update(
      world,
      [
        { ref: 'a', id: first, fields: { [names.company_of_deal]: to('p1') } },
        { ref: 'b', id: second, fields: { [names.company_of_deal]: to('nobody') } },
      ],
      names.deal,
    );
    expect(results[0]).toMatchObject({ outcome: expect.stringMatching(/updated|written/) });
    expect(results[1]).toMatchObject({ outcome: 'rejected', code: 'CRM_REFERENCE' });
    const rows = world.rows(names.deal);
    expect(rows.filter((row) => row[names.company_of_deal] === parent)).toHaveLength(1);
  },

  'two rows with one key in one call end in one record, the later one last': async ({ world }) => {
    const { names } = world;
    const results = await upsert(world, [
      { ref: 'a', key: 'k', fields: { [names.name]: 'First' } },
      { ref: 'b', key: 'other', fields: { [names.name]: 'Other' } },
      { ref: 'c', key: 'k', fields: { [names.name]: 'Second' } },
    ]);
    expect(results.every((result) => result.outcome !== 'rejected')).toBe(true);
    expect(
      world
        .rows(names.company)
        .map((row) => row[names.name])
        .sort(),
    ).toEqual(['Other', 'Second']);
  },

  'a record that is gone is told as gone': async ({ world }) => {
    const { names } = world;
    const [id = '', other = ''] = world.insert(names.company, [{ [names.name]: 'A' }, { [names.name]: 'B' }]);
    world.remove(names.company, id);
    const [alone] = await update(world, [{ ref: 'r', id, fields: { [names.phone]: '1' } }]);
    expect(alone).toMatchObject({ outcome: 'rejected', code: 'CRM_GONE' });
    const [together] = await update(world, [
      { ref: 'r', id, fields: { [names.phone]: '1' } },
      { ref: 's', id: other, fields: { [names.phone]: '1' } },
    ]);
    expect(together).toMatchObject({ outcome: 'rejected', code: 'CRM_GONE' });
  },

  'a field that cannot be written is refused by name': async ({ world }) => {
    const { names } = world;
    const [id = ''] = world.insert(names.company, [{ [names.name]: 'A' }]);
    const [result] = await update(world, [
      { ref: 'r', id, fields: { [names.readOnly]: '2026-01-01T00:00:00.000Z' } },
    ]);
    expect(result).toMatchObject({ outcome: 'rejected', code: 'CRM_FIELD_READONLY', field: names.readOnly });
  },

  'a lost answer is unknown, and repeating it never makes a second record': async ({ world }) => {
    const { names } = world;
    const rows = [1, 2].map((index) => ({
      ref: `r${index}`,
      key: `k${index}`,
      fields: { [names.name]: `A${index}` },
    }));
    world.fault('lostAnswer', names.company);
    const lost = await upsert(world, rows);
    expect(lost.map((result) => result.outcome)).toEqual(['unknown', 'unknown']);
    const keys = { field: names.key, values: ['k1', 'k2'] };
    const found = await readAll(world.connector, {
      object: names.company,
      fields: [names.key],
      scope: everything,
      keys,
    });
    expect(found).toHaveLength(2);
    const again = await upsert(world, rows);
    expect(again.map((result) => result.id).sort()).toEqual(found.map((record) => record.id).sort());
    expect(world.rows(names.company)).toHaveLength(2);
  },

  'thousands of rows are all written, and a second time they are the same records': async ({ world }) => {
    const { names } = world;
    const rows = Array.from({ length: 2_500 }, (_unused, index) => ({
      ref: `r${index}`,
      key: `k${index}`,
      fields: { [names.name]: `A "${index}",\n`, [names.size]: index },
    }));
    const first = await upsert(world, rows);
    expect(first.filter((result) => result.outcome === 'rejected')).toEqual([]);
    expect(first.map((result) => result.ref)).toEqual(rows.map((row) => row.ref));
    const second = await upsert(world, rows);
    expect(second.map((result) => result.id)).toEqual(first.map((result) => result.id));
    const stored = world.rows(names.company);
    expect(stored).toHaveLength(2_500);
    expect(stored.find((row) => row[names.key] === 'k7')?.[names.name]).toMatch(/^A "7",/);
  },
};
