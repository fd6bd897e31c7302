import { expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { approveMoves } from '../../src/tier/approvals.ts';
import { insertRows } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, insertPartners, programWith, standingsIn } from './family.ts';
import { at, passBy } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

it('asks for an approval where a partner with a tier is merged into a new subsidiary', async () => {
  const program = programWith('approval: { always: down }');
  await insertPartners(store, { Z: null, A: null }, { A: 30 });
  await passBy(store, program, '2026-03-01');
  expect(await standingsIn(store)).toContain('A gold keeps own');
  await store.query('update tierlink.fact set quantity = 0');
  await insertRows(store, 'partner', [{ id: 'N', name: 'Firm N', types: ['reseller'], parent: 'Z' }]);
  await changePartner(store, { partner: 'A', set: `merged_into = 'N'`, marks: ['A', 'N', 'Z'] });
  expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [{ down: 1 }] });
  await approveMoves(store, { program, id: 'a-000001', actor: 'kim', reason: null, now: at('2026-03-03') });
  await passBy(store, program, '2026-03-03');
  expect(await standingsIn(store)).toEqual(['N silver keeps Z', 'Z silver keeps own']);
});
