import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { tierWhy } from '../../src/cli/commands/tier/why.ts';
import { shownExplanation } from '../../src/cli/explanation.ts';
import { printPage } from '../../src/cli/page.ts';
import { partnerPage } from '../../src/cli/partner-page.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { setFact } from '../../src/sync/import/manual-facts.ts';
import { approveMoves } from '../../src/tier/approvals.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { createWaiver } from '../../src/tier/waivers.ts';
import { insertDeals, insertRows, markDirty } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { everythingOfOneLadder as program } from '../tier/everything.ts';
import { at } from '../tier/pass.ts';
import { recordingStream } from './harness.ts';

/** A program that uses everything at once, and what is said of it to a manager and to a partner. */
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind *Ltd*', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount    | won | closed     | role    | weight
    d1   | A       | 12000 USD | yes | 2026-02-20 | sourced | 100
    d2   | A       | 4000 USD  | yes | 2025-01-20 | sourced | 100
    d3   | A       | 1000 CHF  | yes | 2026-02-21 | sourced | 100`,
  );
  await store.query(`update tierlink.deal set amount_currency = null, amount = null where id = 'd3'`);
  await insertRows(store, 'person', [
    { id: 'p1', partner: 'A', email: 'a@a.example', name: 'Ann' },
    { id: 'p2', partner: 'A', email: 'b@a.example', name: 'Bo' },
  ]);
  await insertRows(store, 'certification', [
    { id: 'c1', person: 'p1', code: 'X', issued_on: '2025-01-01' },
    { id: 'c2', person: 'p2', code: 'X', issued_on: '2024-01-01', expires_on: '2026-02-10' },
  ]);
  await insertRows(store, 'fact', [
    { id: 'r1', partner: 'A', kind: 'rating', quantity: 5, occurred_on: '2026-02-01' },
  ]);
});

async function pass(day: string): Promise<void> {
  await recomputeKpis(store, { program, now: at(day) });
  await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

async function why(day: string): Promise<string[]> {
  const explained = await explainTier(store, { program, partnerId: 'A', now: at(day) });
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 400 };
  const result = shownExplanation(explained, { setByHand: [], page: null });
  tierWhy.result.parse(result);
  tierWhy.show(
    result,
    createScreen(stream, style, () => 'UTC'),
  );
  return stream
    .text()
    .split('\n')
    .map((line) => line.trimEnd().replace(/(?<=\S) {2,}/g, ' | '))
    .filter((line) => line !== '');
}

async function page(day: string, format: 'markdown' | 'html' = 'markdown'): Promise<string[]> {
  const explained = await explainTier(store, { program, partnerId: 'A', now: at(day) });
  return printPage(
    partnerPage(explained, (iso) => iso),
    format,
  )
    .split('\n')
    .filter((line) => line !== '');
}

/** The business plan comes, people are waived, and then everything is there for Gold. */
async function untilGold(): Promise<void> {
  await pass('2026-03-01');
  const own = { program, partnerId: 'A', author: 'kim', now: at('2026-03-02') };
  const waiver = { tier: 'gold', requirement: 'people', reason: 'Exam center closed', until: '2026-12-31' };
  await createWaiver(store, { ...own, ...waiver });
  await setFact(store, { ...own, kind: 'business plan', reason: 'Plan of March', until: undefined });
  await insertRows(store, 'fact', [
    { id: 'r2', partner: 'A', kind: 'rating', quantity: 4, occurred_on: '2026-03-01' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d4   | A       | 5000 USD | yes | 2026-03-02 | sourced | 100`,
  );
  for (const entity of ['deal', 'fact'] as const) await markDirty(store, entity, ['A']);
  await pass('2026-03-03');
}

/** Both deals of Gold shrink, so that nothing but keeping it is left. */
async function untilShort(): Promise<void> {
  await untilGold();
  await store.query(`update tierlink.deal set is_won = false where id = 'd4'`);
  await markDirty(store, 'deal', ['A']);
  await store.query(`update tierlink.deal set amount = 9000 where id = 'd1'`);
  await pass('2026-03-10');
}

describe('tier why with everything at once', () => {
  it('tells what is missing for the next tier, by alternatives and parts', async () => {
    await pass('2026-03-01');
    expect(await why('2026-03-01')).toEqual([
      'Northwind *Ltd* is SILVER in Test | as of 2026-03-01',
      'Window: 2025-03-01 to 2026-02-28. | Next review: 2026-04-01. | Decision: Joined',
      'On the SMB track.',
      '  FOR GOLD | NEEDS | HAS | RESULT | GAP | EVIDENCE',
      '  Capability score | 50 points | 40 points | Not met | 10 points more | Sourced revenue: 1 deal (1 without a value, 1 before the window); Certified people: 1 person, 1 certificate (1 expired)',
      '  Business plan | on file | - | Not met',
      '  Certified people (2 of 3) | 3 (SMB) | 1 | Not met | 2 more | 1 person, 1 certificate (1 expired)',
      '  Customer rating (2 of 3) | 4.2 | - | Pending | 1 more fact needed (1 of 2) | 1 fact',
      '  country is DE (2 of 3) | country is DE | - | Not met',
      'What is missing: Capability score: 10 points more; Business plan: not on file; 2 of (Certified people: 2 more, Customer rating: 1 more fact needed (1 of 2), country is DE: not met).',
      'Capability score, 10 points more: Sales points could bring 24 (12,000 USD of 20,000 USD, 36 of 60 points); Skill points could bring 16 (1 of 5, 4 of 20 points).',
      'No single change is enough for Gold.',
      'Not counted, the nearest first:',
      '  RECORD | NAME | FOR | WHY',
      '  d3 | d3 | Sourced revenue | its amount is empty',
      '  d2 | d2 | Sourced revenue | dated 2025-01-20, before the window, which begins on 2025-03-01',
      '  c2 | Bo, X | Certified people | ended 2026-02-10',
      'Rules: version 1.',
      'No override.',
      'History:',
      '  ON | WHAT | FROM | TO | RUN | WHY',
      '  2026-03-01 | Joined | - | Silver | run-2026-03-01 | Silver met: Sourced revenue 12,000 USD (needs 5,000 USD).',
    ]);
  });

  it('tells of a lock, a waiver and what alone would keep the tier', async () => {
    await untilShort();
    const lines = await why('2026-03-10');
    expect(lines.slice(3, 13)).toEqual([
      'Short of Gold since 2026-03-10, but a tier that was reached is kept: Gold until 2026-05-03.',
      'It is asked what keeping Gold takes, not what reaching it takes.',
      'Gold is the highest tier. What it asks for:',
      '  FOR GOLD | NEEDS | HAS | RESULT | GAP | EVIDENCE',
      expect.stringMatching(/^ {2}Capability score \| 40 points \| 31 points \| Not met \| 9 points more \|/),
      '  Certified people (one of 2) | 2 | 1 | Waived | waived until 2026-12-31 by kim: Exam center closed | 1 person, 1 certificate (1 expired)',
      '  Customer rating (one of 2) | 4 | 4.5 | Met | 2 facts',
      'What is missing: Capability score: 9 points more.',
      'Capability score, 9 points more: Sales points could bring 33 (9,000 USD of 20,000 USD, 27 of 60 points); Skill points could bring 16 (1 of 5, 4 of 20 points).',
      'This alone is enough to keep Gold: Capability score: 9 points more, to 40 points.',
    ]);
    expect(lines[13]).toBe(
      '    Of the figures behind it, any one alone: Sourced revenue: 3,000 USD more, to 12,000 USD; Certified people: 3 more, to 4.',
    );
  });

  it('tells of a change that waits for an approval, and of one that is decided and not in force', async () => {
    await untilShort();
    for (const day of ['2026-04-01', '2026-05-01', '2026-06-01']) await pass(day);
    expect((await why('2026-06-01')).slice(1, 4)).toEqual([
      'Window: 2025-06-01 to 2026-05-31. | Review due since 2026-06-01. | Decision: Keeps',
      'On the SMB track.',
      'Silver by the rules; that waits for an approval since 2026-06-01 (a-000001).',
    ]);
    await approveMoves(store, {
      program,
      id: 'a-000001',
      actor: 'bo',
      reason: 'Agreed',
      now: at('2026-06-01'),
    });
    await pass('2026-06-01');
    expect((await why('2026-06-01'))[3]).toBe(
      'Decided on 2026-06-01: Silver from 2026-07-01. It is withdrawn if the figures no longer give it.',
    );
  });
});

describe('the page for the partner', () => {
  it('has the substance without colleagues, ids and what waits for them', async () => {
    await untilShort();
    await pass('2026-05-04');
    const text = (await page('2026-05-04')).join('\n');
    expect(text).not.toMatch(/kim|Exam center|a-000001|run-|approval/);
    expect(text.split('\n')).toEqual([
      '# Northwind \\*Ltd\\*: Gold',
      'Test, version 1. As of 2026-05-04.',
      'On the SMB track.',
      '## What keeping Gold asks for',
      'Gold is the highest tier.',
      '| Requirement | Asked for | Now | Result | To go | Records |',
      '| --- | --- | --- | --- | --- | --- |',
      expect.stringMatching(
        /^\| Capability score \| 40 points \| 31 points \| Not met \| 9 points more \| Sourced/,
      ),
      '| Certified people (one of 2) | 2 | 1 | Waived | until 2026-12-31 | 1 person, 1 certificate (1 expired) |',
      '| Customer rating (one of 2) | 4 | 4.5 | Met |  | 2 facts |',
      '## What is enough to keep Gold',
      'This by itself is enough, with everything else as it is:',
      '- Capability score: 9 points more, to 40 points; each of these figures behind it would be enough by itself:',
      '  - Sourced revenue: 3,000 USD more, to 12,000 USD',
      '  - Certified people: 3 more, to 4',
      '## How it is measured',
      '- Capability score: Sales and skills together.',
      '  - Sales points: 9,000 USD of 20,000 USD, 27 of 60 points',
      '  - Skill points: 1 of 5, 4 of 20 points',
      '- Certified people: People with at least one valid certificate.',
      '- Customer rating: Mean of the answers; it counts from two answers on.',
      'Period looked at: 2025-05-04 to 2026-05-03.',
      '## Not counted',
      '| Record | Date | For | Why |',
      '| --- | --- | --- | --- |',
      '| d3 | 2026-02-21 | Sourced revenue | its amount is empty |',
      '| d2 | 2025-01-20 | Sourced revenue | dated 2025-01-20, before the window, which begins on 2025-05-04 |',
      '| Bo, X | 2026-02-10 | Certified people | ended 2026-02-10 |',
      '## Tiers so far',
      '| Since | Tier | Before | Why |',
      '| --- | --- | --- | --- |',
      '| 2026-03-03 | Gold | Silver | Gold met: Capability score 55 points (needs 50 points), Business plan since 2026-03-02, Certified people waived until 2026-12-31, Customer rating 4.5 (needs 4.2). |',
      '| 2026-03-01 | Silver | - | Silver met: Sourced revenue 12,000 USD (needs 5,000 USD). |',
    ]);
  });

  it('says of late inputs only that something is not complete, and not where it comes from', async () => {
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('prod', 'Plan__c', 'fact', '2026-01-01')`,
    );
    await pass('2026-03-01');
    const explained = await explainTier(store, { program, partnerId: 'A', now: at('2026-03-01') });
    expect(explained.missing).toContain('Plan__c of prod');
    const [capability, ...others] = explained.requirements;
    const late = 'Sourced revenue: Deal of prod is late';
    const parts = capability!.parts.map((part) => ({ ...part, counts: false, note: late }));
    const requirements = [{ ...capability!, isCertain: false, parts }, ...others];
    const text = printPage(
      partnerPage({ ...explained, requirements }, (iso) => iso),
      'markdown',
    );
    expect(text).not.toMatch(/prod|Plan__c/);
    expect(text).toContain('Business plan: the data is not complete yet; 2 of (');
    expect(text).toContain('  - Sales points: does not count (the data is not complete yet)');
  });

  it('says of an override only until when it holds', async () => {
    await untilShort();
    const order = { program, partnerId: 'A', tier: 'gold', reason: 'strategic', author: 'kim' };
    await createOverride(store, { ...order, until: '2026-12-31', now: at('2026-03-11') });
    await pass('2026-03-11');
    const text = (await page('2026-03-11')).join('\n');
    expect(text).toContain('Gold is granted until 2026-12-31, whatever the figures are.');
    expect(text).not.toMatch(/kim|strategic/);
  });

  it('is safe as HTML, whatever a partner is called', async () => {
    await store.query(`update tierlink.partner set name = '<script>alert(1)</script> & "Co"'`);
    await pass('2026-03-01');
    const html = (await page('2026-03-01', 'html')).join('\n');
    expect(html).toContain('<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;: Silver</h1>');
    expect(html).not.toContain('<script>');
    const cells = {
      Requirement: 'Capability score',
      'Asked for': '50 points',
      Now: '40 points',
      Result: 'Not met',
    };
    expect(html).toContain(
      Object.entries(cells)
        .map(([label, value]) => `<td role="cell" data-label="${label}">${value}</td>`)
        .join(''),
    );
    expect(html).toContain('@media(max-width:40rem)');
  });
});
