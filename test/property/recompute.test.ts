import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeKpis } from '../../src/kpi/compute.ts';
import { loadFeeds } from '../../src/kpi/freshness.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { readValueRows } from '../../src/kpi/value-rows.ts';
import { dayOf } from '../../src/program/civil-date.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { makeHouse } from '../sync/pull-house.ts';
import { change, type Event, event, makeOrg, objects, org, pullEverything, quiet } from './lived-in.ts';
import { program } from './lived-in-program.ts';

const runs = Number(process.env.TIERLINK_HISTORIES ?? 10);
const seed = Number(process.env.TIERLINK_SEED ?? 20_260_302);
const dayMs = 86_400_000;

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

/** What a value says, the records left out included, in an order of its own. */
function said(values: readonly KpiValue[]): string[] {
  return values
    .map(({ partnerId, kpi, numerator, denominator, counted, empty, excluded, excludedBy, nextChangeAt }) => {
      const leftOut = Object.entries(excludedBy).sort().flat();
      const figure = `${numerator}/${denominator}`;
      return [partnerId, kpi, figure, counted, empty, excluded, ...leftOut, nextChangeAt].join(' ');
    })
    .sort();
}

/** Every figure of every partner, computed at once and from nothing but the records. */
async function fromScratch(rules: Program, partners: string[], now: number): Promise<KpiValue[]> {
  const scope = { program: rules, asOf: dayOf(now, rules.timeZone), now, feeds: await loadFeeds(store) };
  const kpis = Object.keys(rules.kpis);
  const alike = ['partner', 'company'].map((rollUp) =>
    kpis.filter((kpi) => rules.kpis[kpi]!.rollUp === rollUp),
  );
  const values: KpiValue[] = [];
  for (const group of alike) values.push(...(await computeKpis(store, scope, { kpis: group, partners })));
  return values;
}

async function expectSame(rules: Program, now: number): Promise<void> {
  await recomputeKpis(store, { program: rules, now, pageSize: 2 });
  const rows = await store.query<{ id: string }>(
    'select id from tierlink.partner where in_scope and deleted_at is null and merged_into is null',
  );
  const partners = rows.map(({ id }) => id);
  const stored = await readValueRows(store, rules, partners);
  expect(said(stored)).toEqual(said(await fromScratch(rules, partners, now)));
}

const pullOf = (object: Extract<Event, { do: 'pull' }>['object']) =>
  ({ do: 'pull', object, full: false }) as const;

async function play(start: readonly Event[], history: readonly Event[], timeZone: string): Promise<void> {
  await emptyStore(store);
  const rules = program(timeZone);
  const house = makeHouse(store, makeOrg());
  let now = Date.parse('2026-03-01T08:00:00Z');
  for (const each of [...start, ...objects.map(pullOf), ...history]) {
    if (each.do === 'pull') await house.pull(each.object, { ...quiet, full: each.full });
    else if (each.do === 'compute') {
      now += each.days * dayMs;
      await expectSame(rules, now);
    } else change(house.crm, each);
  }
  await pullEverything(house);
  await expectSame(rules, now);
}

describe('figures that are computed only where something changed', () => {
  it('are those that a computation of everything gives, whatever happens and however time passes', async () => {
    const zone = fc.constantFrom('UTC', 'Europe/Stockholm', 'America/Sao_Paulo', 'Pacific/Apia');
    const histories = fc.array(event, { minLength: 10, maxLength: 40 });
    await fc.assert(fc.asyncProperty(org, histories, zone, play), {
      numRuns: runs,
      seed,
      endOnFailure: true,
    });
  }, 3_600_000);
});
