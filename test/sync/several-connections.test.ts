import { beforeEach, describe, expect, it } from '@jest/globals';
import { currencyChecks } from '../../src/app/doctor/currency-checks.ts';
import type { App } from '../../src/app.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPairHouse, type PairHouse, type Side } from './pair-house.ts';
import { mappings, smallProgramText } from './pass-house.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

function programWith(currency: string): Program {
  const parsed = parseProgram(smallProgramText.replace('{ code: USD }', currency), 'small.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.program;
}

/** South keeps its amounts in euros. */
const inEuros: ObjectMapping[] = mappings.map((each) =>
  each.entity !== 'deal'
    ? each
    : {
        ...each,
        attributes: {
          ...each.attributes,
          amount: { ...each.attributes.amount!, transform: { kind: 'money', currency: 'EUR' } },
        },
      },
);

function addDeal(house: PairHouse, side: Side, partner: string, amount: string): void {
  house.crms[side].insert('Deal', [
    { Name: 'Deal', Amount: amount, Won: true, Close_On: '2026-02-01', Partner: partner },
  ]);
}

describe('money of two connections in two currencies', () => {
  async function play(currency: string) {
    const program = programWith(currency);
    const house = await openPairHouse(store, { program, mappings: { north: mappings, south: inEuros } });
    const ids = await house.addShared('Alder');
    addDeal(house, 'north', ids.north, '1000');
    addDeal(house, 'south', ids.south, '1000');
    await house.pass();
    const partner = await house.recordOf('north', ids.north);
    const [revenue] = await readKpis(store, { program, partners: [partner], now: house.clock.now() });
    const south = house.connections.find(({ alias }) => alias === 'south')!;
    const app = { store, program } as App;
    const told = await currencyChecks[0]!.look({ app, connection: south as never });
    return { revenue: revenue!, told };
  }

  it('is converted as the program says, and summed', async () => {
    const { revenue, told } = await play('{ code: USD, rates: { EUR: "1.25" } }');
    expect(revenue).toMatchObject({ state: 'current', currency: 'USD' });
    expect(Number(revenue.numerator) / Number(revenue.denominator)).toBe(2250);
    expect(told).toEqual([{ status: 'ok', message: 'the program has a rate for EUR, USD' }]);
  });

  it('has no figure where a rate is missing, and doctor tells which currency of which connection', async () => {
    const { revenue, told } = await play('{ code: USD }');
    expect(revenue.numerator).toBeNull();
    expect(JSON.stringify(revenue)).toContain('EUR');
    expect(told).toMatchObject([{ status: 'fail' }]);
    expect(told[0]!.message).toContain('1 amount is in EUR');
    expect(told[0]!.fix).toContain('currency.rates');
  });
});

describe('a pass over two connections', () => {
  let house: PairHouse;
  let ids: Record<Side, string>;
  beforeEach(async () => {
    house = await openPairHouse(store);
    ids = await house.addShared('Alder');
    await house.turnOn('north', 'south');
    await house.own('north', 'south');
    await house.pass();
  });

  it('goes on with one while the other is down, which catches up when it is back', async () => {
    const back = house.crms.north.faults.add({ kind: 'unreachable' });
    addDeal(house, 'south', ids.south, '6000');
    const { value, state } = await house.pass();
    expect(state).toBe('waiting');
    expect(value!.connections.map(({ connection, error }) => [connection, error === null])).toEqual([
      ['north', false],
      ['south', true],
    ]);
    expect(house.account('south', ids.south)).toMatchObject({ Tier: 'Gold' });
    expect(house.account('north', ids.north)).toMatchObject({ Tier: 'Bronze' });
    back();
    house.clock.time += 3_600_000;
    await house.pass();
    expect(house.account('north', ids.north)).toMatchObject({ Tier: 'Gold' });
  });

  it('counts calls and keeps cursors for each', async () => {
    const cursors = await store.query<{ connection: string; objects: string }>(
      `select connection, string_agg(object, ' ' order by object) as objects from tierlink.cursor
       where purpose = 'changes' group by connection order by connection`,
    );
    expect(cursors.map(({ connection }) => connection)).toEqual(['north', 'south']);
    expect(cursors[0]!.objects).toBe(cursors[1]!.objects);
    house.configure({ dailyCalls: { north: 1 } });
    addDeal(house, 'south', ids.south, '6000');
    const { value } = await house.pass();
    expect(value!.connections).toMatchObject([{ state: 'waiting' }, { state: 'succeeded' }]);
    expect(house.account('south', ids.south)).toMatchObject({ Tier: 'Gold' });
  });

  it('demotes nobody by what one of them did not show, also who is in the other one only', async () => {
    const alone = house.addPartner('north', 'Birch');
    addDeal(house, 'north', alone, '6000');
    addDeal(house, 'south', ids.south, '6000');
    await house.pass();
    expect(house.account('north', alone)).toMatchObject({ Tier: 'Gold' });
    house.crms.south.faults.add({ kind: 'unreachable' });
    // A year later the deals have left the window, and two reviews have passed.
    for (const day of ['2027-04-02', '2027-07-02', '2027-10-02']) {
      house.clock.time = Date.parse(`${day}T10:00:00Z`);
      await house.pass();
    }
    expect(house.account('north', alone)).toMatchObject({ Tier: 'Gold' });
    house.crms.south.faults.clear();
    for (const day of ['2028-01-03', '2028-04-03', '2028-07-03']) {
      house.clock.time = Date.parse(`${day}T10:00:00Z`);
      await house.pass();
    }
    expect(house.account('north', alone)).toMatchObject({ Tier: 'Bronze' });
    expect(house.account('south', ids.south)).toMatchObject({ Tier: 'Bronze' });
  });
});
