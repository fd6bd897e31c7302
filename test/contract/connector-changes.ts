import { expect } from '@jest/globals';
import type { ChangePage, Scope } from '../../src/sync/connector.ts';
import type { ContractTests } from './connector.ts';
import { type ConnectorWorld, cursorNow, everything, pagesOf } from './connector-world.ts';

interface Told {
  changed: ChangePage['changed'];
  deleted: string[];
  merged: ChangePage['merged'];
  cursor: unknown;
}

/** Changes of companies since the cursor, all pages together; a record told twice counts once, the later time. */
async function tell(
  world: ConnectorWorld,
  cursor: unknown,
  scopes: readonly Scope[] = [everything],
): Promise<Told> {
  const { connector, names } = world;
  const request = {
    object: names.company,
    fields: [names.name, names.phone],
    scopes,
    cursor: JSON.parse(JSON.stringify(cursor)) as unknown,
  };
  const pages = await pagesOf(connector.changes([request])[0]!);
  expect(pages.map((page) => page.last)).toEqual([...pages.slice(1).map(() => false), true]);
  const changed = new Map(pages.flatMap((page) => page.changed.map((record) => [record.id, record])));
  return {
    changed: [...changed.values()],
    deleted: pages.flatMap((page) => page.deleted.map((each) => each.id)),
    merged: pages.flatMap((page) => page.merged),
    cursor: pages.at(-1)?.cursor,
  };
}

const named = (told: Told, world: ConnectorWorld) =>
  told.changed.map((record) => record.fields[world.names.name]).sort();

export const changeTests: ContractTests = {
  'new and edited records are told, with the scopes that hold': async ({ world }) => {
    const { names } = world;
    const [old = ''] = world.insert(names.company, [{ [names.name]: 'Old' }]);
    const cursor = await cursorNow(world.connector, names.company);
    world.update(names.company, old, { [names.phone]: '1' });
    world.insert(names.company, [{ [names.name]: 'New' }]);
    const scopes = [everything, { name: 'called', where: { [names.phone]: ['1'] } }];
    const told = await tell(world, cursor, scopes);
    expect(
      Object.fromEntries(told.changed.map((record) => [record.fields[names.name], record.scopes])),
    ).toEqual({
      Old: ['all', 'called'],
      New: ['all'],
    });
  },

  'a record that leaves a scope is told without it': async ({ world }) => {
    const { names } = world;
    const [id = ''] = world.insert(names.company, [
      { [names.name]: 'A', ...names.withRecordType, [names.phone]: '1' },
    ]);
    const scopes = [{ name: 'called', where: { [names.phone]: ['1'] } }];
    const cursor = await cursorNow(world.connector, names.company);
    world.update(names.company, id, { [names.phone]: '2' });
    const told = await tell(world, cursor, scopes);
    expect(told.changed.map((record) => [record.id, record.scopes])).toEqual([[id, []]]);
    expect(told.deleted).toEqual([]);
  },

  'a deleted record is told as deleted, a restored one as changed': async ({ world }) => {
    const { names } = world;
    const [id = '', other = ''] = world.insert(names.company, [{ [names.name]: 'A' }, { [names.name]: 'B' }]);
    const cursor = await cursorNow(world.connector, names.company);
    world.remove(names.company, id);
    world.remove(names.company, other);
    world.restore(names.company, other);
    const first = await tell(world, cursor);
    expect(first.deleted).toEqual([id]);
    expect(named(first, world)).toContain('B');
    world.restore(names.company, id);
    const second = await tell(world, first.cursor);
    expect(second.deleted).toEqual([]);
    expect(named(second, world)).toContain('A');
  },

  'a merge is told as a merge into the last winner, not as a delete': async ({ world }) => {
    const { names } = world;
    const rows = ['A', 'B', 'C'].map((name) => ({ [names.name]: name }));
    const [a = '', b = '', c = ''] = world.insert(names.company, rows);
    const cursor = await cursorNow(world.connector, names.company);
    world.merge(names.company, b, a);
    world.merge(names.company, c, b);
    const told = await tell(world, cursor);
    expect(told.deleted).toEqual([]);
    expect([...told.merged].sort((left, right) => (left.loser < right.loser ? -1 : 1))).toEqual(
      [
        { loser: a, winner: c },
        { loser: b, winner: c },
      ].sort((left, right) => (left.loser < right.loser ? -1 : 1)),
    );
    expect(named(told, world)).toContain('C');
  },

  'five thousand changes of one second all arrive, and a crash between pages loses none': async ({
    world,
  }) => {
    const { connector, names } = world;
    const cursor = await cursorNow(connector, names.company);
    const rows = Array.from({ length: 5_000 }, (_unused, index) => ({ [names.name]: `N${index}` }));
    const ids = new Set(world.insert(names.company, rows));
    const request = { object: names.company, fields: [names.name], scopes: [everything], cursor };
    const seen = new Set<string>();
    let afterFirst: unknown;
    for await (const page of connector.changes([request])[0]!) {
      for (const record of page.changed) seen.add(record.id);
      afterFirst = page.cursor;
      break;
    }
    expect(seen.size).toBeLessThan(5_000);
    const rest = await tell(world, afterFirst);
    for (const record of rest.changed) seen.add(record.id);
    expect(seen).toEqual(ids);
  },

  'what changes while everything is read is told afterwards': async ({ world }) => {
    const { connector, names } = world;
    const [id = ''] = world.insert(names.company, [{ [names.name]: 'Before' }]);
    let cursor: unknown;
    for await (const page of connector.read({
      object: names.company,
      fields: [names.name],
      scope: everything,
    })) {
      world.update(names.company, id, { [names.name]: 'After' });
      cursor = page.cursor;
    }
    expect(named(await tell(world, cursor), world)).toEqual(['After']);
  },

  'the same cursor tells the same again': async ({ world }) => {
    const { names } = world;
    const cursor = await cursorNow(world.connector, names.company);
    world.insert(names.company, [{ [names.name]: 'A' }]);
    const first = await tell(world, cursor);
    const second = await tell(world, cursor);
    expect(named(second, world)).toEqual(named(first, world));
  },

  'a field that cannot be read is absent from changes': async ({ world }) => {
    const { names } = world;
    const cursor = await cursorNow(world.connector, names.company);
    world.insert(names.company, [{ [names.name]: 'A', [names.phone]: '1' }]);
    world.hide(names.company, names.phone);
    const told = await tell(world, cursor);
    expect(told.changed.map((record) => record.fields)).toEqual([{ [names.name]: 'A' }]);
  },

  'streams that are asked for together tell what each alone would, and fail each for itself': async ({
    world,
  }) => {
    const { connector, names } = world;
    const cursor = await cursorNow(connector, names.company);
    const cursorOfDeals = await cursorNow(connector, names.deal);
    world.insert(names.company, [{ [names.name]: 'A' }]);
    world.insert(names.deal, [{ ...names.dealBasics, [names.name]: 'D' }]);
    const request = { fields: [names.name], scopes: [everything] };
    const [lost, deals, companies] = connector.changes([
      { ...request, object: names.company, cursor: { nonsense: true } },
      { ...request, object: names.deal, cursor: cursorOfDeals },
      { ...request, object: names.company, cursor },
    ]);
    const namesOf = (pages: ChangePage[]) =>
      pages.flatMap((page) => page.changed.map(({ fields }) => fields[names.name]));
    expect(namesOf(await pagesOf(companies!))).toEqual(['A']);
    await expect(pagesOf(lost!)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
    expect(namesOf(await pagesOf(deals!))).toEqual(['D']);
  },

  'a cursor that means nothing has expired': async ({ world }) => {
    await expect(tell(world, { nonsense: true })).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  },
};
