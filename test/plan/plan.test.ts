import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PlanItem } from '../../src/plan/item.ts';
import type { CrmValue } from '../../src/sync/connector.ts';
import { edit, editorOf } from '../cli/crm-editor.ts';
import { openWorld, type World } from '../cli/world.ts';

/** The way of an admin who reviews before anything is written, on the command line. */
let world: World;
let file: string;

beforeAll(async () => {
  world = await openWorld();
  file = join(world.folder, 'changes.plan');
  await world.tierlink('sync');
  await world.tierlink('connect', '--alias', 'demo', '--tiers', 'owned');
});
afterAll(async () => {
  await world.close();
});

interface Shown {
  plan: { id: string };
  counts: Record<string, number>;
  items: PlanItem[];
}
interface Applied {
  run: string;
  state: string;
  held: unknown[];
  connections: { created: number; updated: number; left: number; rejected: number }[];
}

/** What the CRM holds for an account. */
async function rows(id: string): Promise<Record<string, CrmValue>[]> {
  const fields = ['Partner_Tier__c', 'Partner_Tier_Summary__c'];
  const found: Record<string, CrmValue>[] = [];
  const pages = editorOf(world).read({ object: 'Account', fields, scope: { name: 'test' }, ids: [id] });
  for await (const page of pages) found.push(...page.records.map((record) => record.fields));
  return found;
}

async function planned(...argv: string[]): Promise<Shown> {
  return await world.json<Shown>('plan', '--out', file, ...argv);
}

const update = (shown: Shown) =>
  shown.items.find((item) => item.kind === 'update' && item.object === 'Account') as PlanItem & {
    crmId: string;
  };

describe('a plan', () => {
  it('says what would be written and keeps nothing', async () => {
    const first = await planned();
    const again = await planned();
    expect(again.items).toEqual(first.items);
    expect(first.counts).toMatchObject({ create: expect.any(Number), conflicts: 0, links: 0 });
    expect(first.counts.create! + first.counts.update!).toBeGreaterThan(40);
    expect((await world.tierlink('plan', '--exit-code')).exit).toBe(3);
  });

  it('is refused by apply once a record of it has moved, and nothing is written', async () => {
    const before = await planned();
    await edit(world, {
      object: 'Account',
      id: update(before).crmId,
      fields: { Partner_Tier_Summary__c: 'Ask Kim.' },
    });
    const ran = await world.tierlink('apply', file);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('1 of ');
    expect(ran.err).toContain('Nothing was written.');
    const now = await planned();
    expect(now.counts).toMatchObject({ ...before.counts, conflicts: 1, unchanged: expect.any(Number) });
    expect(now.items[0]).toMatchObject({
      kind: 'drift',
      attribute: 'tierSummary',
      theirs: 'Ask Kim.',
      choice: 'skip',
    });
  });

  it('is refused where anything but its choices was changed in the file', async () => {
    await planned();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"after":"Silver"', '"after":"Gold"'));
    const ran = await world.tierlink('apply', file);
    expect([ran.exit, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain('something other than its choices was changed');
    writeFileSync(file, text.split('\n').slice(0, -3).join('\n'));
    expect((await world.tierlink('plan', 'show', file)).err).toContain('a part of it is missing');
  });

  it('is applied exactly, though write-back is off, and then there are no changes', async () => {
    const shown = await planned();
    const applied = await world.json<Applied>('apply', file);
    // Three that people had put on a higher level by hand.
    expect(applied).toMatchObject({ state: 'succeeded', held: [{}, {}, {}] });
    expect(applied.connections[0]).toMatchObject({
      created: shown.counts.create,
      updated: shown.counts.update! - 3,
      left: 0,
      rejected: 0,
    });
    const audited = await world.json<{ entries: { planId: string | null }[] }>(
      'audit',
      '--limit',
      '1000',
      '--run',
      applied.run,
    );
    expect(audited.entries).toHaveLength(shown.counts.create! + shown.counts.update! - 3);
    expect(new Set(audited.entries.map(({ planId }) => planId))).toEqual(new Set([shown.plan.id]));
    expect((await world.tierlink('apply', file)).err).toContain('wait for an approval');
    await world.tierlink('plan', 'approve', file, '--reason', 'Reviewed with the partner managers.');
    const rest = await world.json<Applied>('apply', file);
    expect(rest).toMatchObject({ held: [], connections: [{ created: 0, updated: 3, left: 0, rejected: 0 }] });
    const again = await world.tierlink('apply', file);
    expect(again.err).toContain(`applied by run ${applied.run} already`);
    // What people decide, and what they have to mend, is still there.
    const now = await planned();
    expect(now.items.map(({ kind }) => kind)).toEqual(['drift', 'invalid']);
    await world.tierlink('differences', 'resolve', '--all', '--take', 'ours');
    const own = await planned();
    expect(own.counts).toMatchObject({ create: 0, update: 1, conflicts: 0 });
    expect((await world.tierlink('apply', file)).out).toContain('demo: 1 written, 0 rejected');
    const none = await world.tierlink('plan', '--exit-code');
    expect(none.out).toContain('No changes');
    expect(none.exit).toBe(0);
  });
});

describe('undo', () => {
  it('puts back what nobody has touched, lists the rest, and is not undone by the next pass', async () => {
    const { runs } = await world.json<{ runs: { id: string; kind: string }[] }>('status', '--runs', '10');
    const first = runs.filter(({ kind }) => kind === 'apply').at(-1)!;
    const undoing = join(world.folder, 'undo.plan');
    const made = await world.json<Shown>('undo', first.id, '--out', undoing);
    expect(made.counts).toMatchObject({ create: 0, update: 25 });
    const account = made.items.findLast(
      (item) => item.kind === 'update' && item.object === 'Account',
    ) as PlanItem & {
      crmId: string;
    };
    await world.tierlink('plan', 'approve', undoing, '--reason', 'It was a test.');
    await edit(world, { object: 'Account', id: account.crmId, fields: { Partner_Tier_Summary__c: 'mine' } });
    expect((await world.tierlink('apply', undoing)).err).toContain('Nothing was written.');
    const again = await world.json<Shown>('undo', first.id, '--out', undoing);
    const left = again.items.filter(({ kind }) => kind === 'left');
    expect(left.filter((item) => 'attribute' in item && item.attribute !== null)).toMatchObject([
      { attribute: 'tierSummary', holds: 'mine', why: 'it was changed since' },
    ]);
    await world.tierlink('plan', 'approve', undoing, '--reason', 'It was a test.');
    const applied = await world.json<Applied>('apply', undoing);
    expect(applied.connections[0]).toMatchObject({ updated: 25, left: 0, rejected: 0 });
    const audited = await world.json<{ entries: { action: string; why: string | null }[] }>(
      'audit',
      '--plan',
      again.plan.id,
    );
    const said = audited.entries.map(({ action, why }) => `${action}: ${why}`);
    expect(said).toHaveLength(26);
    expect([...new Set(said)]).toEqual([`update: Undo of ${first.id}`, 'approve_plan: It was a test.']);
    const [row] = await rows(account.crmId);
    expect(row).toMatchObject({ Partner_Tier__c: null, Partner_Tier_Summary__c: 'mine' });
    await world.tierlink('connect', '--alias', 'demo', '--write-back', 'on');
    await world.tierlink('sync');
    expect((await rows(account.crmId))[0]).toMatchObject({
      Partner_Tier__c: null,
      Partner_Tier_Summary__c: 'mine',
    });
  });
});
