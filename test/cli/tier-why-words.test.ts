import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { tierWhy } from '../../src/cli/commands/tier/why.ts';
import { shownExplanation } from '../../src/cli/explanation.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { changed, insertDeals, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, passBy, program } from '../tier/pass.ts';
import { recordingStream } from './harness.ts';

/** What a partner manager reads, for each thing that can be going on with a tier. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertPartners(store);
});

/** The printed explanation without its history; runs of blanks as one. */
async function why(partnerId: string, day: string, rules = program): Promise<string[]> {
  const explained = await explainTier(store, { program: rules, partnerId, now: at(day) });
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 400 };
  tierWhy.show(
    shownExplanation(explained, { setByHand: [], page: null }),
    createScreen(stream, style, () => 'UTC'),
  );
  const lines = stream
    .text()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));
  const history = lines.indexOf('History:');
  return lines.slice(0, history === -1 ? undefined : history).filter((line) => line !== '');
}

/** A feed of deals as complete as said. */
async function feed(completeTo: string, frozen: string | null = null): Promise<void> {
  await store.query(
    `insert into tierlink.connection (id, crm) values ('prod', 'memory') on conflict do nothing`,
  );
  await store.query(
    `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason) values ('prod', 'Opportunity', 'deal', $1, $2)
     on conflict (connection, object, entity) do update set complete_to = excluded.complete_to, frozen_reason = excluded.frozen_reason`,
    [completeTo, frozen],
  );
}

/** Partner A at Gold, and then its only certificate ends. */
async function shortOfGold(): Promise<void> {
  await certify(store, '2026-04-10');
  for (const day of ['2026-03-01', '2026-04-01', '2026-04-15']) await pass(store, day);
}

describe('tier why reads well', () => {
  it('below the next tier, with what is missing and what alone is enough', async () => {
    await pass(store, '2026-03-01');
    expect(await why('A', '2026-03-01')).toEqual([
      'Northwind is SILVER in Test | as of 2026-03-01',
      'Window: 2025-03-01 to 2026-02-28. | Next review: 2026-04-01. | Decision: Joined',
      'FOR GOLD | NEEDS | HAS | RESULT | GAP | EVIDENCE',
      'Sourced revenue | 5,000 USD | 6,000 USD | Met | 1 deal',
      'Certified people | 1 | 0 | Not met | 1 more | 0 people, 0 certificates',
      'What is missing: Certified people: 1 more.',
      'This alone is enough for Gold: Certified people: 1 more, to 1.',
      'Rules: version 1.',
      'No override.',
    ]);
  });

  it('on the highest tier', async () => {
    await certify(store);
    await pass(store, '2026-03-01');
    expect(await why('A', '2026-03-01')).toEqual([
      'Northwind is GOLD in Test | as of 2026-03-01',
      'Window: 2025-03-01 to 2026-02-28. | Next review: 2026-04-01. | Decision: Joined',
      'Gold is the highest tier, and everything that it asks for is met:',
      'FOR GOLD | NEEDS | HAS | RESULT | EVIDENCE',
      'Sourced revenue | 5,000 USD | 6,000 USD | Met | 1 deal',
      'Certified people | 1 | 1 | Met | 1 person, 1 certificate',
      'Rules: version 1.',
      'No override.',
    ]);
  });

  it('at risk: what happens at which review, and the certificate that ended', async () => {
    await shortOfGold();
    const lines = await why('A', '2026-04-15');
    expect(lines.slice(1, 3)).toEqual([
      'Window: 2025-04-15 to 2026-04-14. | Next review: 2026-07-01. | Decision: At risk',
      'Short of Gold since 2026-04-15. Gold stays at least until the review of 2026-07-01; if something is still missing there, a warning is given, and Gold can go at the review of 2026-10-01.',
    ]);
    expect(lines).toContain(
      'Certified people | 1 | 0 | Not met | 1 more | 0 people, 0 certificates (1 expired)',
    );
    expect(lines).toContain('This alone is enough to keep Gold: Certified people: 1 more, to 1.');
    expect(lines.find((line) => line.startsWith('c1'))).toContain('ended 2026-04-10');
  });

  it('after the warning: until when the tier stays, and what it becomes', async () => {
    await shortOfGold();
    await pass(store, '2026-07-01');
    expect((await why('A', '2026-07-01')).slice(1, 3)).toEqual([
      'Window: 2025-07-01 to 2026-06-30. | Next review: 2026-10-01. | Decision: Due down',
      'Short of Gold since 2026-04-15; warned on 2026-07-01. Gold stays until the review of 2026-10-01; if something is still missing there, it becomes Silver.',
    ]);
  });

  it('with a tier two steps up that is earned and waits for its review', async () => {
    const rules = changed(program, ['rampDays: 90,', 'promote: at_review,']);
    await certify(store);
    await passBy(store, rules, '2026-02-01');
    await passBy(store, rules, '2026-03-05');
    expect(await why('A', '2026-03-05', rules)).toEqual([
      'Northwind is BRONZE in Test | as of 2026-03-05',
      'Window: 2025-03-05 to 2026-03-04. | Next review: 2026-04-01. | Decision: Eligible up',
      'Gold is earned and comes with the review of 2026-04-01.',
      'Gold is earned, and everything that it asks for is met:',
      'FOR GOLD | NEEDS | HAS | RESULT | EVIDENCE',
      'Sourced revenue | 5,000 USD | 6,000 USD | Met | 1 deal',
      'Certified people | 1 | 1 | Met | 1 person, 1 certificate',
      'Rules: version 1.',
      'No override.',
    ]);
  });

  it('with an override in force', async () => {
    await pass(store, '2026-03-01');
    const order = { program, partnerId: 'B', tier: 'Gold', reason: 'strategic', author: 'kim' };
    await createOverride(store, { ...order, until: '2026-08-31', now: at('2026-03-02') });
    expect((await why('B', '2026-03-02'))[2]).toBe(
      'Set by hand to Gold until 2026-08-31 by kim (strategic). It takes effect with the next evaluation. After that it stays until the review of 2026-10-01, where the rules decide again; its figures of today give Silver.',
    );
    await pass(store, '2026-03-02');
    expect((await why('B', '2026-03-02')).slice(0, 4)).toEqual([
      'Contoso is GOLD in Test | as of 2026-03-02',
      'Window: 2025-03-02 to 2026-03-01. | Next review: 2026-04-01. | Decision: Overridden',
      'Set by hand to Gold until 2026-08-31 by kim (strategic). After that it stays until the review of 2026-10-01, where the rules decide again; its figures of today give Silver.',
      'Gold is the highest tier. What it asks for:',
    ]);
  });

  it('new in the program', async () => {
    await store.query(`update tierlink.partner set started_on = '2026-02-01' where id = 'B'`);
    await pass(store, '2026-03-01');
    expect((await why('B', '2026-03-01'))[2]).toBe('New in the program: until 2026-05-02 no tier is lost.');
  });

  it('with a tier kept by hand, while the program does not own tiers', async () => {
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('prod', 'Account', 'x', 'partner', 'B', 'live', now(), now())`,
    );
    await store.query(
      `update tierlink.partner set crm_tier = 'Gold', crm_tier_since = '2024-01-01' where id = 'B'`,
    );
    await pass(store, '2026-03-01');
    expect((await why('B', '2026-03-01')).slice(0, 3)).toEqual([
      'Contoso is GOLD in Test | as of 2026-03-01',
      'Window: 2025-03-01 to 2026-02-28. | Next review: 2026-04-01. | Decision: Adopted',
      'Kept by hand in the CRM; the rules give Silver. Nothing moves it before the program owns the tiers of this connection.',
    ]);
    const { history } = await explainTier(store, { program, partnerId: 'B', now: at('2026-03-01') });
    expect(history.map(({ reason }) => reason)).toEqual([
      'Held already when the program began to decide tiers.',
    ]);
  });

  it('while inputs are late: which, since when, and that nobody loses a tier because of it', async () => {
    await certify(store);
    await feed('2026-03-01T06:00:00Z');
    await pass(store, '2026-03-01');
    await store.query(`update tierlink.deal set is_won = false where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    await pass(store, '2026-03-10');
    const late =
      'Sourced revenue: Opportunity of prod is complete only to 2026-03-01, and may be 3 days behind at most';
    expect((await why('A', '2026-03-10')).slice(2, 4)).toEqual([
      `Held: ${late}. Until it is complete, nobody is warned or loses a tier because of it.`,
      `Not certain yet: ${late}.`,
    ]);
  });

  it('while inputs are partial: the reason and to when they were complete', async () => {
    await certify(store);
    await feed('2026-03-01T06:00:00Z', 'not_all_visible');
    await pass(store, '2026-03-01');
    expect(await why('A', '2026-03-01')).toContain(
      'Not certain yet: Sourced revenue: Opportunity of prod: the integration user does not see every record; complete to 2026-03-01.',
    );
  });

  it('before the first evaluation', async () => {
    expect((await why('A', '2026-03-01')).slice(0, 3)).toEqual([
      'Northwind has no tier yet in Test | as of 2026-03-01',
      'Window: 2025-03-01 to 2026-02-28. | Next review: 2026-04-01. | Decision: None yet',
      'Not decided yet: by what is known now, the first evaluation gives Bronze.',
    ]);
  });
});

describe('what stands in the way of a figure', () => {
  const oddDeal = async () => {
    await insertDeals(
      store,
      `deal | partner | amount | won | closed | role | weight
       d4   | B       | 10 XXX | yes | 2026-02-20 | sourced | 100`,
    );
    await pass(store, '2026-03-01');
  };
  const uncertain = async () =>
    (await why('B', '2026-03-01')).filter((line) => line.startsWith('Not certain yet'));

  it('is named as people know it, by what it is called today', async () => {
    await oddDeal();
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(`insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
      values ('prod', 'Opportunity', '006XYZ', 'deal', 'd4', 'in_sync', now(), now())`);
    const named = (name: string) =>
      `Not certain yet: Sourced revenue: deal ${name} has an amount in XXX, for which the program has no rate.`;
    expect(await uncertain()).toEqual([named('"d4" (006XYZ)')]);
    await store.query(`update tierlink.deal set name = 'Fabrikam ERP' where id = 'd4'`);
    expect(await uncertain()).toEqual([named('"Fabrikam ERP" (006XYZ)')]);
    await store.query(`update tierlink.deal set name = null where id = 'd4'`);
    expect(await uncertain()).toEqual([named('006XYZ')]);
  });

  it('is in nothing that is kept, but as our id', async () => {
    await oddDeal();
    const [row] = await store.query<{ detail: object }>(
      `select detail from tierlink.kpi_value where partner_id = 'B' and kpi = 'revenue'`,
    );
    expect(row!.detail).not.toHaveProperty('stateReason');
    expect(row!.detail).toMatchObject({
      error: { code: 'rate_missing', entity: 'deal', recordId: 'd4', currency: 'XXX' },
    });
  });
});

describe('tier why of a partner without a ladder says why', () => {
  const because = async (asked = program) => {
    const failed = await explainTier(store, { program: asked, partnerId: 'B', now: at('2026-03-01') }).catch(
      (error: Error) => error.message,
    );
    return String(failed).replace(/^.*no tier to show: /, '');
  };

  it('when it has no partner type', async () => {
    await store.query(`update tierlink.partner set types = '{}' where id = 'B'`);
    expect(await because()).toBe('the partner has no partner type in the CRM.');
  });

  it('when its type is on no ladder', async () => {
    await store.query(`update tierlink.partner set types = '{distributor}' where id = 'B'`);
    expect(await because()).toBe(
      'its partner type is distributor, and the ladders are Main (reseller), Services (msp).',
    );
  });

  it('when it does not meet the condition of one, and with those beside the tier', async () => {
    await store.query(`update tierlink.partner set types = '{msp}', country = 'NO' where id = 'B'`);
    const narrow = programOf({
      kpis: '  people: { label: People, help: x, unit: people, measure: { count: person } }',
      ladders: `  - key: main
    label: Main
    partnerTypes: [msp]
    where: { attribute: country, is: DE }
    tiers: [{ key: gold, label: Gold }]
  - key: support
    label: Support
    beside: true
    partnerTypes: [reseller]
    tiers: [{ key: expert, label: Expert }]
  - key: training
    label: Training
    beside: true
    partnerTypes: [msp]
    where: { attribute: country, is: DE }
    tiers: [{ key: trainer, label: Trainer }]
specialisations:
  - { key: cloud, label: Cloud, partnerTypes: [reseller], requirements: { kpi: people, atLeast: 1 } }`,
    });
    const unmet = 'msp, on a condition that it does not meet';
    expect(await because(narrow)).toBe(
      `its partner type is msp, and the ladders are Main (${unmet}); beside them there are Support (reseller), Training (${unmet}); the specialisations are Cloud (reseller).`,
    );
    await store.query(`update tierlink.partner set types = '{}' where id = 'B'`);
    const open = changed(narrow, ['label: Main\n    partnerTypes: [msp]', 'label: Main']);
    expect(await because(open)).toContain(
      'it has no partner type, and the ladders are Main (every type, on a condition that it does not meet); beside',
    );
  });

  it('when the program has no tiers', async () => {
    expect(await because(loadProgram('programs/no-tiers.yaml'))).toBe(
      'it measures partners and has no tiers.',
    );
  });
});
