import { describe, expect, it } from '@jest/globals';
import { defaultMatching } from '../../src/model/match-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { leaveOrg } from '../../src/sync/links/relink.ts';
import { acceptMatch } from '../../src/sync/match/decide.ts';
import { matchStep } from '../../src/sync/match/step.ts';
import { fc } from '../services/fast-check.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalStore } from './dying.ts';
import { type MatchHouse, openMatchHouse } from './match-house.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

type Company = Partial<Record<'Name' | 'Number' | 'Vat' | 'Website', string>> & { Name: string };
type Companies = Readonly<Record<string, readonly Company[]>>;

/** A world of its own, with these companies in each connection; each has a deal. */
async function worldOf(companies: Companies, numberAlone = false): Promise<MatchHouse> {
  await emptyStore(store);
  const partner = { ...defaultMatching, numberAlone };
  const world = await openMatchHouse(store, Object.keys(companies), { partner });
  for (const [alias, list] of Object.entries(companies)) {
    for (const { Name, ...fields } of list) {
      const house = world.houses[alias]!;
      house.addDeal(house.addPartner(Name, fields), '100');
    }
  }
  return world;
}

/** What matching leaves behind: who is linked where, whose deals are whose, and what is proposed. */
async function endOf(): Promise<unknown> {
  return {
    partners: await store.query(
      `select p.id, p.number, p.vat, p.website, p.merged_into, (select count(*)::integer from tierlink.credit c
         where c.partner = p.id) as deals, array(select l.connection from tierlink.link l where l.record_id = p.id
         and l.entity = 'partner' order by 1) as links
       from tierlink.partner p order by p.id`,
    ),
    matches: await store.query(
      'select one, other, rule, key, state, survivor from tierlink.match order by 1, 2, 3, 4',
    ),
    keys: await store.query('select rule, key, record_id, source_id from tierlink.match_key order by 4, 1'),
    due: await store.query('select record_id from tierlink.match_due'),
  };
}

const example: Companies = {
  north: [
    { Name: 'Northwind', Number: '1' },
    { Name: 'Contoso', Website: 'contoso.example' },
    { Name: 'Fabrikam', Number: '3' },
  ],
  south: [
    { Name: 'Northwind AB', Number: '1', Vat: 'SE1' },
    { Name: 'Contoso Ltd', Website: 'www.contoso.example' },
    { Name: 'Fabrikam East', Number: '3' },
    { Name: 'Fabrikam West', Number: '3' },
  ],
  west: [
    { Name: 'Wind', Vat: 'SE-1' },
    { Name: 'Northwind West', Number: '01' },
  ],
};

describe('a step of matching', () => {
  it('run twice changes nothing the second time', async () => {
    const world = await worldOf(example);
    await world.pass();
    const once = await endOf();
    expect(await matchStep(world.engine, { runId: null, all: true })).toMatchObject({
      joined: [],
      proposed: 0,
    });
    expect(await endOf()).toEqual(once);
  });

  it('ends the same when its process dies after any of its steps', async () => {
    const clean = await worldOf(example);
    await clean.pass();
    const expected = await endOf();
    const world = await worldOf(example);
    await world.pass(undefined, { engine: { ...world.engine, matching: null } });
    let deaths = 0;
    for (let steps = 1; ; steps += 1) {
      const life = new Lifetime(steps);
      try {
        await matchStep({ ...world.engine, store: mortalStore(store, life) }, { runId: null });
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        deaths += 1;
        await expireLeases(store);
      }
    }
    expect(deaths).toBeGreaterThan(8);
    expect(await endOf()).toEqual(expected);
  });

  it('waits for connections that were not read to their end', async () => {
    const world = await worldOf(example);
    const run = await world.pass(['north']);
    expect(run.value?.matching).toMatchObject({ joined: [], proposed: 0 });
    expect((await world.pass(['south'])).value?.matching).toMatchObject({ joined: [{ rule: 'number' }] });
  });

  it('looks at everything once rules are other ones', async () => {
    const world = await worldOf({
      north: [{ Name: 'A', Vat: 'SE1' }],
      south: [{ Name: 'B', Vat: 'SE1' }],
    });
    await world.pass();
    const partner = { join: ['vat' as const], review: [], numberAlone: false };
    const engine = { ...world.engine, matching: { ...world.engine.matching!, partner } };
    const run = await world.pass(undefined, { engine });
    expect(run.value?.matching).toMatchObject({ joined: [{ id: 'm-000001', rule: 'vat' }], open: 0 });
  });

  it('looks again at a record that another connection still holds once one of its links has ended', async () => {
    const world = await worldOf({
      north: [
        { Name: 'Alder', Number: '1' },
        { Name: 'Alder East', Number: '1' },
      ],
      south: [{ Name: 'Alder', Number: '1' }],
    });
    await world.pass();
    const [account] = world.houses.north!.crm.rows('Account').filter(({ fields }) => fields.Name === 'Alder');
    const alder = world.idOf('north', account!.id);
    const [match] = await store.query<{ id: string }>(
      `select id from tierlink.match where $1 in (one, other)`,
      [alder],
    );
    await acceptMatch(world.engine, match!.id);
    await world.pass();
    expect((await world.matches()).filter(({ state }) => state === 'open')).toEqual([]);
    world.houses.north!.crm.remove('Account', account!.id);
    await world.pass();
    expect((await world.matches()).filter(({ state }) => state === 'open')).toMatchObject([
      { rule: 'number' },
    ]);
    expect(await matchStep(world.engine, { runId: null, all: true })).toMatchObject({
      joined: [],
      proposed: 0,
    });
    world.houses.north!.crm.restore('Account', account!.id);
    await world.pass();
    expect((await world.matches()).filter(({ state }) => state === 'open')).toEqual([]);
  });

  it('looks again at a record that another connection still holds once a connection has left its org', async () => {
    const world = await worldOf({
      north: [{ Name: 'Alder', Number: '1', Website: 'https://alder.example' }],
      south: [{ Name: 'Alder', Number: '1', Website: 'https://alder.example' }],
    });
    await world.pass();
    const due = () => store.query<{ id: string }>('select record_id as id from tierlink.match_due');
    expect(await due()).toEqual([]);
    const { mappings } = world.houses.north!.connection;
    await store.transaction((tx) =>
      leaveOrg(tx, { connection: 'north', mappings: mappings(), now: '2026-03-03T10:00:00.000Z' }),
    );
    const [partner] = await store.query<{ id: string }>(
      `select record_id as id from tierlink.link where connection = 'south' and entity = 'partner'`,
    );
    expect(await due()).toEqual([partner]);
  });

  it('asks the store nothing in a project with one connection', async () => {
    const world = await worldOf({ north: [{ Name: 'A', Number: '1' }] });
    const asked: string[] = [];
    const query: Store['query'] = async (sql, parameters) => {
      asked.push(sql);
      return await store.query(sql, parameters);
    };
    const engine = { ...world.engine, matching: null, store: { ...store, query } };
    expect(await matchStep(engine, { runId: null })).toBeNull();
    expect(asked).toEqual([]);
    await world.pass(undefined, { engine: { ...world.engine, matching: null } });
    expect(await store.query('select 1 from tierlink.match_due')).toEqual([]);
  });
});

describe('the order in which connections are read', () => {
  const company = fc.record(
    {
      Name: fc.constantFrom('Acme', 'Acme Inc', 'Bolt', 'Cog'),
      Number: fc.constantFrom('1', '2', '3'),
      Vat: fc.constantFrom('SE1', 'SE2'),
      Website: fc.constantFrom('acme.example', 'https://www.acme.example', 'bolt.example'),
    },
    { requiredKeys: ['Name'] },
  );
  const some = fc.array(company, { maxLength: 3 });

  it('makes no difference to what is joined and proposed', async () => {
    const property = fc.asyncProperty(
      fc.record({ north: some, south: some }),
      fc.constantFrom(['north', 'south'], ['south', 'north']),
      fc.boolean(),
      async (companies, order, numberAlone) => {
        const together = await worldOf(companies, numberAlone);
        await together.pass();
        const expected = await endOf();
        const apart = await worldOf(companies, numberAlone);
        for (const alias of order) await apart.pass([alias]);
        expect(await endOf()).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 8 });
  });
});
