import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { makeHouse } from '../sync/pull-house.ts';
import { expectFiguresOfRecords } from './figures.ts';
import { change, type Event, event, makeOrg, objects, org, pullEverything, quiet } from './lived-in.ts';
import { program } from './lived-in-program.ts';

const runs = Number(process.env.TIERLINK_HISTORIES ?? 10);
const dayMs = 86_400_000;

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

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
      await recomputeKpis(store, { program: rules, now, pageSize: 2 });
      await expectFiguresOfRecords(store, rules, now);
    } else change(house.crm, each);
  }
  await pullEverything(house);
  await recomputeKpis(store, { program: rules, now, pageSize: 2 });
  await expectFiguresOfRecords(store, rules, now);
}

describe('figures that are computed only where something changed', () => {
  it('are those that a computation of everything gives, whatever happens and however time passes', async () => {
    const zone = fc.constantFrom('UTC', 'Europe/Stockholm', 'America/Sao_Paulo', 'Pacific/Apia');
    const histories = fc.array(event, { minLength: 10, maxLength: 40 });
    await fc.assert(fc.asyncProperty(org, histories, zone, play), {
      numRuns: runs,
      endOnFailure: true,
    });
  }, 3_600_000);
});
