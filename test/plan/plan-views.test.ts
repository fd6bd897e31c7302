import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { partnerNames, planValue } from '../../src/cli/plan-value.ts';
import { planText } from '../../src/plan/file.ts';
import type { Plan, PlanItem, PlannedWrite } from '../../src/plan/item.ts';
import { run } from '../cli/harness.ts';
import { newFolder } from '../cli/world.ts';
import { decision, drift, everything, planOf, update } from './sample-plan.ts';

/** How people see a plan: on the terminal and as a page. */
const folder = newFolder();
const file = join(folder, 'changes.plan');

async function shown(plan: Plan, columns: number, ...flags: string[]): Promise<string> {
  writeFileSync(file, planText(plan));
  const environment = { TIERLINK_PROJECT: folder };
  const ran = await run(['plan', 'show', file, ...flags], { commands, environment, columns, terminal: true });
  expect(ran.exit).toBe(0);
  // Colours repeat what the words say.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
  return ran.out.replaceAll(/\u001b\[\d+m/g, '');
}

const many = Array.from({ length: 30 }, (_, index): PlannedWrite => {
  const id = `ptr_${String(index).padStart(2, '0')}`;
  const name = `Partner ${String(index).padStart(2, '0')}`;
  const { seenAt, url, connection, object } = update;
  return {
    ...{
      kind: 'update',
      key: id,
      seenAt,
      url,
      connection,
      object,
      entity: 'partner',
      decisionId: null,
      tier: null,
      after: [],
    },
    ...{ recordId: id, crmId: `001${id}`, name, partners: [id] },
    changes: [
      {
        attribute: 'extra.volume',
        label: 'Volume__c',
        before: { amount: '598000.00', currency: 'USD' },
        after: { amount: '612400.00', currency: 'USD' },
        ...{ moment: false, choice: 'ours' },
      },
    ],
  };
});

describe('on the terminal', () => {
  it('puts first what is to be decided, then tiers that go down, each with all about its partner', async () => {
    const out = await shown(planOf(everything), 100);
    expect(out).toMatchInlineSnapshot(`
"Compared 214 records with prod (PRODUCTION).

+ create   ~ update   ! conflict   > tier   . link   = unchanged          nothing is ever deleted

TO DECIDE: both sides changed it, or people changed what the program owns
! Fabrikam   Account 001Fabrikam0001AAA
    Partner_Tier__c   ours Silver; Kim Lee on 2026-09-28 10:15 set Gold
    chosen: skip (left alone unless you choose: tierlink plan choose)

TIERS THAT GO DOWN: written only with an approval
~ Tailspin   Account 001Tailspin0001AAA   TIER DOWN, needs approval
    Partner_Tier__c   Gold -> Silver
    Tier_Since__c     2025-03-01 -> 2026-10-01
    Summary__c        =1+1 -> <b>"410,000"</b> & less
    Bookings 410,000 of 500,000.
  > Partner tier: Gold -> Silver

INVALID: counts for nothing until it is mended
x ERP   Opportunity.CloseDate: it is no date (MAP_DATE; record owner)

+ Partner_Decision__c   2 decisions

Plan: 2 to create, 1 to update, 1 conflict, 1 invalid, 180 unchanged.
Tiers: 0 up, 1 down.
Cost: about 3 API calls.
"
`);
  });

  it('folds what the program makes, until all is asked for', async () => {
    const plan = planOf([
      ...many.slice(0, 1),
      ...many.map(({ recordId }, index) => decision(recordId, index)),
    ]);
    const out = await shown(plan, 100);
    expect(out).toContain('+ Partner_Decision__c   30 decisions');
    expect(out).not.toContain('To__c');
    const all = await shown(plan, 100, '--all');
    expect(all.match(/To__c/g)).toHaveLength(30);
    expect(all).toContain('https://crm.example/001A');
    expect(out).not.toContain('https://');
  });

  it('folds what an undo leaves of what the program made', async () => {
    const left = ['1', '2'].map((id): PlanItem => {
      const { connection, object, entity, recordId, url, name, partners } = decision('ptr_t', Number(id));
      const nobody = { theirUser: null, theirUserName: null, theirAt: null };
      const none = { label: null, wrote: null, holds: null, ...nobody, attribute: null };
      const place = { connection, object, entity, recordId, url, name, partners, crmId: `a0${id}` };
      return { kind: 'left', key: `l${id}`, ...place, ...none, why: 'the run made the record' };
    });
    const out = await shown(planOf([update, ...left], { kind: 'undo', undoes: 'r-000001' }), 100);
    expect(out).toContain('! Partner_Decision__c   2 decisions: the run made the record');
    expect(out).not.toContain('a01');
  });

  it('shows the first partners, and all where that is asked for', async () => {
    const out = await shown(planOf(many), 100);
    expect(out).toContain('... the first 12 of 30 partners; all: --all');
    expect(out).toContain('Volume__c   USD 598,000.00 -> USD 612,400.00');
    expect((await shown(planOf(many), 100, '--all')).match(/Volume__c/g)).toHaveLength(30);
  });

  it('loses no value at 60 columns', async () => {
    const wide = await shown(planOf(everything), 400, '--all');
    const narrow = await shown(planOf(everything), 60, '--all');
    expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow.split(/\s+/)).toEqual(wide.split(/\s+/));
  });

  it('says what is chosen otherwise', async () => {
    const override = { reason: 'Agreed', until: '2027-03-31' };
    const plan = planOf([
      { ...drift, choice: 'theirs', override },
      { ...update, changes: update.changes.map((change) => ({ ...change, choice: 'skip' })) },
    ]);
    const out = await shown(plan, 100);
    expect(out).toContain('chosen: theirs until 2027-03-31 (Agreed)');
    expect(out.match(/chosen: skip/g)).toHaveLength(3);
  });

  it('says of a first load how much would come in', async () => {
    const plan = planOf([], {
      connections: [
        {
          ...planOf([]).head.connections[0]!,
          loads: [{ object: 'Account', entity: 'partner', records: 9041 }],
        },
      ],
    });
    const out = await shown(plan, 100);
    expect(out).toContain('9,041 partners (Account) would come in');
    expect(out).not.toContain('No changes');
  });
});

describe('as a page', () => {
  let html: string;
  beforeAll(async () => {
    const page = join(folder, 'changes.html');
    await shown(
      planOf([...everything, { ...drift, key: 'd2', url: 'javascript:alert(1)' }]),
      100,
      '--html',
      page,
    );
    html = readFileSync(page, 'utf8');
  });

  it('needs nothing else: no script, no file beside it', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|\ssrc=/i);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, to]) => to!);
    const within = links.filter((to) => to.startsWith('#'));
    expect(links.filter((to) => !within.includes(to))).toEqual(Array(4).fill('https://crm.example/001A'));
    expect(within[0]).toBe('#decide');
    for (const to of within) expect(html).toContain(`<h2 id="${to.slice(1)}">`);
  });

  it('breaks the long names of fields between their words, and is a table for who hears it', () => {
    expect(html).toContain('data-label="Field">Partner_<wbr>Tier__c</td>');
    expect(html).toContain('<table role="table">');
  });

  it('takes no value for HTML', () => {
    expect(html).toContain('&lt;b&gt;&quot;410,000&quot;&lt;/b&gt; &amp; less');
    expect(html).not.toContain('<b>"410,000"');
    expect(html).not.toContain('javascript:');
  });

  it('names every cell where the columns do not fit, and is made for paper too', () => {
    expect(html).toContain(
      '<td role="cell" data-label="CRM now">Gold</td><td role="cell" data-label="After">Silver</td>',
    );
    expect(html).toContain('@media(max-width:40rem)');
    expect(html).toContain('@media print');
  });

  it('says in words what has to be decided and what waits', () => {
    expect(html).toContain('set by Kim Lee, 2026-09-28 10:15; chosen: skip');
    expect(html).toContain('TIER DOWN, needs approval; Bookings 410,000 of 500,000; chosen: ours');
  });

  it('is not written over a plan', async () => {
    const before = readFileSync(file, 'utf8');
    const environment = { TIERLINK_PROJECT: folder };
    const ran = await run(['plan', 'show', file, '--html', file], { commands, environment });
    expect([ran.exit, readFileSync(file, 'utf8')]).toEqual([2, before]);
    expect(ran.err).toContain('is a plan; name another file');
  });
});

it('a value that is a partner of the plan is said by its name', () => {
  const names = partnerNames({ partners: [{ id: 'ptr_f', name: 'Fabrikam' }] });
  const of = { entity: 'kpiPeriod', attribute: 'partner', instant: String, names } as const;
  expect([planValue('ptr_f', of), planValue('ptr_other', of)]).toEqual(['Fabrikam', 'ptr_other']);
});
