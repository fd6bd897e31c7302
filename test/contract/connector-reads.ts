import { expect } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { ContractTests } from './connector.ts';
import { cursorNow, everything, pagesOf, readAll } from './connector-world.ts';

const companies = (count: number, name: string) =>
  Array.from({ length: count }, (_unused, index) => ({
    [name]: `Company ${String(index).padStart(5, '0')}`,
  }));

/** check, describe, count, read, recordUrl and limits. */
export const readTests: ContractTests = {
  'check tells who, which org and what may be done': async ({ world: { connector, names } }) => {
    const facts = await connector.check([names.company, 'No_Such_Object']);
    expect(facts.orgId).not.toBe('');
    expect(facts.userId).not.toBe('');
    expect(facts.orgKind).toBe('simulator');
    expect(facts.currency).toMatch(/^[A-Z]{3}$/);
    expect(facts.objects[0]).toEqual({
      object: names.company,
      readable: true,
      seesAll: true,
      editsAll: true,
      creatable: true,
      updatable: true,
    });
    expect(facts.objects[1]).toMatchObject({ readable: false, seesAll: null });
  },

  'nothing but check answers on another org than the pinned one': async ({ world, host }) => {
    const { connector, names } = world;
    const count = async () => await connector.count([{ object: names.company, scope: everything }]);
    host.pinned = 'another org';
    const { orgId } = await connector.check([names.company]);
    const before = host.spent.length;
    const refusal = { code: 'SYNC_ORG_CHANGED', data: { found: orgId, pinned: 'another org' } };
    await expect(count()).rejects.toMatchObject(refusal);
    const reading = readAll(connector, { object: names.company, fields: [names.name], scope: everything });
    await expect(reading).rejects.toMatchObject(refusal);
    expect(host.spent.length).toBe(before);
    host.pinned = orgId;
    expect(await count()).toEqual([0]);
  },

  'describe keeps the order and leaves out what does not exist': async ({ world: { connector, names } }) => {
    const described = await connector.describe([names.deal, 'No_Such_Object', names.company]);
    expect(described.map((object) => object.name)).toEqual([names.deal, names.company]);
    expect(described.every((object) => object.tracksChanges)).toBe(true);
  },

  'describe tells neutral types, keys and lists': async ({ world: { connector, names } }) => {
    const [company, deal] = await connector.describe([names.company, names.deal]);
    const field = (object: typeof company, name: string) => object?.fields.find((each) => each.name === name);
    expect(field(company, names.name)).toMatchObject({ type: 'text', required: true, createable: true });
    expect(field(company, names.size)?.type).toBe('integer');
    expect(field(company, names.key)).toMatchObject({ key: true, unique: true });
    expect(field(deal, names.amount)?.type).toBe('money');
    expect(field(deal, names.date)?.type).toBe('date');
    expect(field(deal, names.company_of_deal)).toMatchObject({
      type: 'reference',
      references: [names.company],
    });
    const recordTypes = company?.recordTypes.map((type) => type.developerName);
    if (names.recordType === null) expect(recordTypes).toEqual([]);
    else expect(recordTypes).toContain(names.recordType);
  },

  'a hidden field is missing from describe': async ({ world }) => {
    world.hide(world.names.company, world.names.phone);
    const [company] = await world.connector.describe([world.names.company]);
    expect(company?.fields.map((field) => field.name)).not.toContain(world.names.phone);
  },

  'count counts what read reads, scope by scope': async ({ world }) => {
    const { connector, names } = world;
    world.insert(names.company, [
      { [names.name]: 'A', [names.phone]: '1', ...names.withRecordType },
      { [names.name]: 'B', [names.phone]: '1' },
      { [names.name]: 'C', ...names.withRecordType },
    ]);
    const scopes = [
      { scope: everything, found: ['A', 'B', 'C'] },
      { scope: { name: 'where', where: { [names.phone]: ['1'] } }, found: ['A', 'B'] },
      { scope: { name: 'blank', where: { [names.phone]: [null] } }, found: ['C'] },
      { scope: { name: 'filter', filter: names.filterByName('B') }, found: ['B'] },
      {
        scope: { name: 'both', filter: names.filterByName('A'), where: { [names.phone]: ['1'] } },
        found: ['A'],
      },
    ];
    for (const { scope, found } of scopes) {
      const request = { object: names.company, fields: [names.name], scope };
      const records = await readAll(connector, request);
      expect(records.map((record) => record.fields[names.name]).sort()).toEqual(found);
      expect(await connector.count([{ object: names.company, scope }])).toEqual([found.length]);
    }
  },

  'record types narrow a scope, or are refused where the CRM has none': async ({ world }) => {
    const { connector, names } = world;
    world.insert(names.company, [
      { [names.name]: 'A', [names.phone]: '1', ...names.withRecordType },
      { [names.name]: 'B', [names.phone]: '1' },
      { [names.name]: 'C', ...names.withRecordType },
    ]);
    const typed = { name: 'typed', recordTypes: [names.recordType ?? 'Partner'] };
    const scopes = [
      { scope: typed, found: ['A', 'C'] },
      { scope: { ...typed, name: 'both', where: { [names.phone]: ['1'] } }, found: ['A'] },
    ];
    for (const { scope, found } of scopes) {
      const request = { object: names.company, fields: [names.name], scope };
      const counted = await connector.count([request]);
      if (names.recordType === null) {
        expect(counted).toEqual([expect.objectContaining({ code: 'CRM_QUERY' })]);
        await expect(readAll(connector, request)).rejects.toMatchObject({ code: 'CRM_QUERY' });
      } else {
        expect(counted).toEqual([found.length]);
        const records = await readAll(connector, request);
        expect(records.map((record) => record.fields[names.name]).sort()).toEqual(found);
      }
    }
  },

  'count can be asked for a time of creation': async ({ world: { connector, names, insert } }) => {
    insert(names.company, companies(3, names.name));
    const from = '2001-01-01T00:00:00.000Z';
    const before = '2101-01-01T00:00:00.000Z';
    const made = [{ from, before }, { before: from }, { from: before }];
    const requests = made.map((created) => ({ object: names.company, scope: { ...everything, created } }));
    expect(await connector.count(requests)).toEqual([3, 0, 0]);
    const counts = requests.map(async ({ object, scope }) => {
      const records = await readAll(connector, { object, fields: [names.name], scope });
      return records.length;
    });
    expect(await Promise.all(counts)).toEqual([3, 0, 0]);
  },

  'count tells by month of creation, in which read says that the records were made': async ({ world }) => {
    const { connector, names, insert } = world;
    const none = await connector.count([{ object: names.company, scope: everything, by: 'month' }]);
    expect(none).toEqual([[]]);
    insert(names.company, companies(3, names.name));
    insert(names.company, [{ [names.name]: 'other', [names.phone]: '1' }]);
    const records = await readAll(connector, {
      object: names.company,
      fields: [names.name],
      scope: everything,
    });
    const months = new Set(records.map(({ createdAt }) => createdAt?.slice(0, 7)));
    const [month] = [...months];
    expect(month).toMatch(/^\d{4}-\d\d$/);
    expect(months.size).toBe(1);
    const scope = { name: 'some', where: { [names.phone]: ['1'] } };
    const counted = await connector.count([
      { object: names.company, scope: everything, by: 'month' },
      { object: names.company, scope, by: 'month' },
      { object: names.company, scope },
      { object: 'No_Such_Object', scope: everything, by: 'month' },
    ]);
    expect(counted).toEqual([
      [{ month, records: 4 }],
      [{ month, records: 1 }],
      1,
      expect.objectContaining({ code: 'CRM_OBJECT_MISSING' }),
    ]);
  },

  'read hands out every record once, in pages, and ends with the last one': async ({ world }) => {
    const { connector, names } = world;
    const ids = world.insert(names.company, companies(4_500, names.name));
    const pages = await pagesOf(
      connector.read({ object: names.company, fields: [names.name], scope: everything }),
    );
    const read = pages.flatMap((page) => page.records.map((record) => record.id));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.map((page) => page.last)).toEqual([...pages.slice(1).map(() => false), true]);
    expect(read.length).toBe(4_500);
    expect(new Set(read)).toEqual(new Set(ids));
  },

  'read goes on after a crash from any page': async ({ world }) => {
    const { connector, names } = world;
    const ids = world.insert(names.company, companies(4_500, names.name));
    const request = { object: names.company, fields: [names.name], scope: everything };
    const pages = await pagesOf(connector.read(request));
    for (const [index, page] of pages.slice(0, -1).entries()) {
      const token = JSON.parse(JSON.stringify(page.resume)) as unknown;
      const rest = await readAll(connector, { ...request, resume: token });
      const before = pages.slice(0, index + 1).flatMap((each) => each.records);
      const all = [...before, ...rest].map((record) => record.id);
      expect(new Set(all)).toEqual(new Set(ids));
      expect(all.length).toBe(ids.length);
    }
  },

  'values come in neutral forms, blank is null': async ({ world }) => {
    const { connector, names } = world;
    const [company = ''] = world.insert(names.company, [{ [names.name]: 'Ä"\',\n☃', [names.size]: 12 }]);
    const deal = {
      ...names.dealBasics,
      [names.name]: 'D',
      [names.amount]: '1234.5',
      [names.date]: '2026-02-28',
    };
    world.insert(names.deal, [
      { ...deal, [names.company_of_deal]: company },
      { ...names.dealBasics, [names.name]: 'E' },
    ]);
    const [read] = await readAll(connector, {
      object: names.company,
      fields: [names.name, names.size, names.phone],
      scope: everything,
    });
    expect(read?.fields).toEqual({ [names.name]: 'Ä"\',\n☃', [names.size]: 12, [names.phone]: null });
    expect(read?.modifiedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const fields = [names.name, names.amount, names.date, names.company_name_of_deal];
    const deals = await readAll(connector, { object: names.deal, fields, scope: everything });
    const byName = new Map(deals.map((record) => [record.fields[names.name], record.fields]));
    expect(byName.get('D')).toEqual({
      [names.name]: 'D',
      [names.amount]: '1234.5',
      [names.date]: '2026-02-28',
      [names.company_name_of_deal]: 'Ä"\',\n☃',
    });
    expect(byName.get('E')).toMatchObject({ [names.amount]: null, [names.company_name_of_deal]: null });
  },

  'a field that cannot be read is absent, not blank': async ({ world }) => {
    const { connector, names } = world;
    world.insert(names.company, [{ [names.name]: 'A', [names.phone]: '1' }]);
    world.hide(names.company, names.phone);
    const fields = [names.name, names.phone, 'No_Such_Field'];
    const [record] = await readAll(connector, { object: names.company, fields, scope: everything });
    expect(record?.fields).toEqual({ [names.name]: 'A' });
  },

  'named records come by id or key, out of scope too; unknown ones are missing': async ({ world }) => {
    const { connector, names } = world;
    const [first = '', second = ''] = world.insert(names.company, [
      { [names.name]: 'A', [names.key]: "k'1" },
      { [names.name]: 'B', [names.key]: 'k2' },
    ]);
    world.remove(names.company, second);
    const request = {
      object: names.company,
      fields: [names.name],
      scope: { name: 'none', filter: names.filterByName('Z') },
    };
    const byId = await readAll(connector, { ...request, ids: [first, second] });
    const byKey = await readAll(connector, {
      ...request,
      keys: { field: names.key, values: ["k'1", 'k2', 'k3'] },
    });
    expect(byId.map((record) => record.id)).toEqual([first]);
    expect(byKey.map((record) => record.id)).toEqual([first]);
    expect(await readAll(connector, { ...request, ids: [] })).toEqual([]);
  },

  'of named records those in scope can be asked for alone': async ({
    world: { connector, names, ...world },
  }) => {
    const [first = '', second = ''] = world.insert(names.company, [
      { [names.name]: 'Z', [names.key]: 'k1' },
      { [names.name]: 'B', [names.key]: 'k2' },
    ]);
    const request = {
      object: names.company,
      fields: [names.name],
      scope: { name: 'some', filter: names.filterByName('Z') },
      inScope: true,
    };
    const byId = await readAll(connector, { ...request, ids: [first, second] });
    const byKey = await readAll(connector, { ...request, keys: { field: names.key, values: ['k1', 'k2'] } });
    expect(byId.map((record) => record.id)).toEqual([first]);
    expect(byKey.map((record) => record.id)).toEqual([first]);
  },

  'of ids that are not there it tells which were merged away, when that is asked': async ({ world }) => {
    const { connector, names } = world;
    const rows = ['A', 'B', 'C', 'D'].map((name) => ({ [names.name]: name }));
    const [a = '', b = '', c = '', d = ''] = world.insert(names.company, rows);
    world.merge(names.company, b, a);
    world.merge(names.company, c, b);
    world.remove(names.company, d);
    const request = { object: names.company, fields: [names.name], scope: everything, ids: [a, b, c, d] };
    const asked = await pagesOf(connector.read({ ...request, tellsMerges: true }));
    expect(asked.flatMap(({ records }) => records.map(({ id }) => id))).toEqual([c]);
    expect(
      new Map(asked.flatMap(({ merged = [] }) => merged.map((each) => [each.loser, each.winner]))),
    ).toEqual(
      new Map([
        [a, c],
        [b, c],
      ]),
    );
    const plain = await pagesOf(connector.read(request));
    expect(plain.flatMap(({ merged = [] }) => merged)).toEqual([]);
  },

  'reading nothing still tells where changes begin': async ({ world: { connector, names } }) => {
    const cursor = await cursorNow(connector, names.company);
    expect(cursor).not.toBeNull();
    expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor);
  },

  'an object that does not exist is named': async ({ world: { connector } }) => {
    const reading = readAll(connector, { object: 'No_Such_Object', fields: [], scope: everything });
    await expect(reading).rejects.toMatchObject({ code: 'CRM_OBJECT_MISSING' });
  },

  'a filter that cannot be understood is refused as a query': async ({ world: { connector, names } }) => {
    const scope = { name: 'bad', filter: 'this is = not (a filter' };
    const requests = [scope, everything].map((each) => ({ object: names.company, scope: each }));
    expect(await connector.count(requests)).toEqual([expect.objectContaining({ code: 'CRM_QUERY' }), 0]);
    expect(await connector.count(requests.slice(0, 1))).toEqual([
      expect.objectContaining({ code: 'CRM_QUERY' }),
    ]);
  },

  'every call is booked before it is made, and a used-up budget makes none': async ({ world, host }) => {
    const { connector, names } = world;
    await connector.count([{ object: names.company, scope: everything }]);
    expect(host.spent.length).toBeGreaterThan(0);
    host.refuse = new TierlinkError('CRM_BUDGET', { connection: 'test' });
    await expect(connector.count([{ object: names.company, scope: everything }])).rejects.toMatchObject({
      code: 'CRM_BUDGET',
    });
    const reading = readAll(connector, { object: names.company, fields: [names.name], scope: everything });
    await expect(reading).rejects.toMatchObject({ code: 'CRM_BUDGET' });
  },

  'calls that are used up end the call with a time to come back': async ({ world, host }) => {
    const { connector, names } = world;
    world.fault('quota', names.company);
    const counting = connector.count([{ object: names.company, scope: everything }]);
    await expect(counting).rejects.toMatchObject({ code: 'CRM_QUOTA', retry: 'after' });
    world.fault('quota', names.company);
    const error = await connector
      .count([{ object: names.company, scope: everything }])
      .catch((each: unknown) => each);
    expect((error as TierlinkError).retryAt).toBeGreaterThan(host.now());
  },

  'a stopped read stops': async ({ world }) => {
    const { connector, names } = world;
    world.insert(names.company, companies(4_500, names.name));
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      const request = { object: names.company, fields: [names.name], scope: everything, signal: stop.signal };
      for await (const page of connector.read(request)) {
        seen.push(page.records.length);
        stop.abort();
      }
    })();
    await expect(reading).rejects.toThrow();
    expect(seen.length).toBe(1);
  },

  'a record has an address, and the org has an allowance': async ({ world: { connector, names } }) => {
    expect(connector.recordUrl(names.company, 'abc')).toContain('abc');
    await connector.count([{ object: names.company, scope: everything }]);
    const limits = await connector.limits();
    expect(limits.used).toBeGreaterThan(0);
  },
};
