import { expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { hasTierWork } from '../../src/tier/run.ts';
import { programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, insertPartners } from './family.ts';
import { at, passBy, tiers } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

const heldBy = (region: string, key: string, asks: string) => `
  - key: ${key}
    label: ${key}
    beside: true
    heldBy: company
    where: { attribute: region, in: [${region}] }
    tiers: [{ key: ${key}Held, label: Held, requirements: [${asks}] }]
    movement: { demote: immediately }`;

/** Four companies in one family, each of which holds what asks for that of the one above it. */
const program = programOf({
  kpis: `  points:
    label: Points
    help: x
    unit: number
    rollUp: company
    measure: { sum: fact.quantity }`,
  ladders: `  - key: main
    label: Main
    tiers: [{ key: silver, label: Silver }]${heldBy('w, h, t, s', 'first', '{ kpi: points, atLeast: 30 }')}${heldBy(
      'h, t, s',
      'second',
      '{ holds: { ladder: first } }',
    )}${heldBy('t, s', 'third', '{ holds: { ladder: second } }')}${heldBy('s', 'fourth', '{ holds: { ladder: third } }')}`,
});

const held = async () => (await tiers(store)).filter((line) => !line.includes(' main ')).sort();
const everything = (tier: (ladder: string) => string) =>
  [
    ['A', 'first', 'second', 'third', 'fourth'],
    ['B', 'first', 'second', 'third', 'fourth'],
    ['C', 'first', 'second', 'third'],
    ['D', 'first', 'second'],
    ['E', 'first'],
  ]
    .flatMap(([id, ...ladders]) => ladders.map((ladder) => `${id} ${ladder} ${tier(ladder!)} keeps`))
    .sort();

it('settles in one pass a chain of companies that ask for what the one above holds, whatever their ids', async () => {
  // Ids go against the family on purpose: E is at the top, A at the end.
  await insertPartners(store, { E: null, D: 'E', C: 'D', B: 'C', A: 'B' }, { A: 30 });
  for (const [id, region] of Object.entries({ E: 'w', D: 'h', C: 't', B: 's', A: 's' }))
    await store.query('update tierlink.partner set region = $2 where id = $1', [id, region]);
  await passBy(store, program, '2026-03-01');
  expect(await held()).toEqual(everything((ladder) => `${ladder}Held`));
  expect(await hasTierWork(store, { program, now: at('2026-03-01') })).toBe(false);
  await store.query('update tierlink.fact set quantity = 0');
  await changePartner(store, { partner: 'A', set: `name = 'Firm A'`, marks: ['A', 'B', 'C', 'D', 'E'] });
  await passBy(store, program, '2026-03-02');
  expect(await held()).toEqual(everything(() => '-'));
  expect(await hasTierWork(store, { program, now: at('2026-03-02') })).toBe(false);
});
