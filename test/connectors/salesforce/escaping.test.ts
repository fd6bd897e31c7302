import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everything, quietly, readAll } from '../../contract/connector-world.ts';
import { fc } from '../../services/fast-check.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

const awkward = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom(
        "'",
        '\\',
        '"',
        '\n',
        '\r',
        '\t',
        '%',
        '_',
        '/',
        '?',
        '#',
        '+',
        '&',
        ' ',
        'a',
        'ü',
        '☃',
        '🙂',
      ),
      minLength: 1,
      maxLength: 12,
    }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  .map((text) => text.trim())
  .filter((text) => text !== '' && text.length <= 40);

describe('texts of all kinds', () => {
  let world: SalesforceWorld;
  beforeAll(async () => {
    world = await salesforceWorld();
  });
  afterAll(async () => {
    await world.close();
  });

  it('go out as a key and come back by it, alone and together, and match nothing else', async () => {
    const keys = [...new Set(fc.sample(awkward, { numRuns: 150, seed: 7 }))];
    const request = {
      object: 'Account',
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      manners: quietly,
    } as const;
    const rows = keys.map((key, index) => ({ ref: String(index), key, fields: { Name: `N${index}` } }));
    const written = await world.connector.write({ ...request, rows });
    expect(written.filter((result) => result.outcome !== 'created')).toEqual([]);
    const reading = { object: 'Account', fields: ['Tierlink_Id__c', 'Name'], scope: everything };
    const all = await readAll(world.connector, {
      ...reading,
      keys: { field: 'Tierlink_Id__c', values: keys },
    });
    expect(new Set(all.map((record) => record.fields.Tierlink_Id__c))).toEqual(new Set(keys));
    for (const [index, key] of keys.entries()) {
      const found = await readAll(world.connector, {
        ...reading,
        keys: { field: 'Tierlink_Id__c', values: [key] },
      });
      expect(found.map((record) => record.fields.Name)).toEqual([`N${index}`]);
    }
  });

  it('go out one by one in the path of an upsert', async () => {
    const before = world.simulator.org.dump('Account').length;
    for (const key of ['a/b?c#d%e', "o'neil", 'ü ☃', '..', '%2F']) {
      const request = {
        object: 'Account',
        operation: 'upsert',
        keyField: 'Tierlink_Id__c',
        manners: quietly,
      } as const;
      const rows = [{ ref: 'r', key, fields: { Name: 'N' } }];
      const [first] = await world.connector.write({ ...request, rows });
      const [second] = await world.connector.write({ ...request, rows });
      expect([key, first?.outcome, second?.outcome, second?.id]).toEqual([
        key,
        'created',
        'updated',
        first?.id,
      ]);
    }
    expect(world.simulator.org.dump('Account').length - before).toBe(5);
  });
});
