import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';
import { jsonOf, openWorld, type World } from './world.ts';

let world: World;
let store: Store;
let single: string;
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
  single = readFileSync(projectFile(), 'utf8');
});
afterAll(async () => {
  await store.close();
  await world.close();
});

const projectFile = () => join(world.folder, 'tierlink.yaml');

const tierlink = (...argv: string[]): Promise<Ran> =>
  run([...argv, '--time-zone', 'UTC', '--no-color', '--no-input'], {
    commands,
    environment: { TIERLINK_PROJECT: world.folder },
    store,
    columns: 160,
    terminal: !argv.includes('--json'),
  });
const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(tierlink, argv);

/** Two companies of each of two connections, proposed by their VAT number. */
beforeEach(async () => {
  const second = '  acquired:\n    crm: salesforce\n    mappings: mappings/salesforce\n';
  writeFileSync(projectFile(), single.replace(/^connections:\n/m, `connections:\n${second}`));
  await emptyStore(store);
  for (const [id, name, alias, vat] of [
    ['ptr_a1', 'Contoso', 'demo', 'se1'],
    ['ptr_b1', 'Contoso Cloud', 'acquired', 'se1'],
    ['ptr_a2', 'Fabrikam', 'demo', 'se2'],
    ['ptr_b2', 'Fabrikam East', 'acquired', 'se2'],
  ] as const) {
    await store.query('insert into tierlink.partner (id, name, vat) values ($1, $2, $3)', [id, name, vat]);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ($1, 'Account', $2, 'partner', $2, 'live', now(), now())`,
      [alias, id],
    );
    await store.query(`insert into tierlink.match_key values ('partner', 'vat', $1, $2, $2)`, [vat, id]);
  }
  await store.query(
    `insert into tierlink.match (id, entity, one, other, rule, key, state, since)
     values ('m-000001', 'partner', 'ptr_a1', 'ptr_b1', 'vat', 'se1', 'open', '2026-03-01T10:00:00Z'),
       ('m-000002', 'partner', 'ptr_a2', 'ptr_b2', 'vat', 'se2', 'open', '2026-03-02T10:00:00Z')`,
  );
});

describe('matches', () => {
  it('are listed with both sides and the reason, by state and connection, and counted by status', async () => {
    const ran = await tierlink('match', 'list');
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(
      /m-000001 +partner +To decide +Contoso +demo +Contoso Cloud +acquired +same VAT or registration number: se1/,
    );
    expect(ran.err).toContain('tierlink match show m-000001');
    expect(await json('match', 'list', '--state', 'refused')).toEqual({ matches: [] });
    const { matches } = await json<{ matches: unknown[] }>('match', 'list', '--connection', 'acquired');
    expect(matches).toHaveLength(2);
    const status = await tierlink('status');
    expect(status.out).toContain('2 matches to decide');
    expect(status.err).toContain('tierlink match list');
  });

  it('are shown side by side', async () => {
    const { out } = await tierlink('match', 'show', 'm-000001');
    expect(out).toMatch(/name +Contoso +Contoso Cloud/);
    expect(out).toMatch(/vat +se1 +se1/);
    expect(out).toContain('same VAT or registration number: se1');
  });

  it('are accepted, several at once, into the record of the connection that comes first', async () => {
    const ran = await tierlink('match', 'accept', 'm-000001', 'M-000002');
    expect(ran.out).toContain('2 matches joined.');
    expect(ran.out).toContain('Contoso is part of Contoso Cloud now.');
    const shown = await tierlink('match', 'show', 'm-000001');
    expect(shown.out).toContain('ptr_b1 (stays)');
    expect(shown.err).toContain('tierlink match undo m-000001');
    const undone = await tierlink('match', 'undo', 'm-000001', '--reason', 'by mistake');
    expect(undone.out).toContain('Contoso is a record of its own again, beside Contoso Cloud.');
    const merged = await store.query('select id, merged_into from tierlink.partner order by id');
    expect(merged).toEqual([
      { id: 'ptr_a1', merged_into: null },
      { id: 'ptr_a2', merged_into: 'ptr_b2' },
      { id: 'ptr_b1', merged_into: null },
      { id: 'ptr_b2', merged_into: null },
    ]);
  });

  it('are accepted by rule where they leave no choice; the others are left and told', async () => {
    await store.query(
      `insert into tierlink.match (id, entity, one, other, rule, key, state, since)
       values ('m-000003', 'partner', 'ptr_a2', 'ptr_b1', 'vat', 'se9', 'open', now())`,
    );
    expect((await tierlink('match', 'accept')).exit).toBe(2);
    const ran = await tierlink('match', 'accept', '--all', '--rule', 'vat');
    expect(ran.out).toContain('0 matches joined.');
    expect(ran.out).toContain('3 proposals left');
    await store.query(`update tierlink.match set rule = 'name', key = 'fabrikam' where id = 'm-000003'`);
    const byOther = await tierlink('match', 'accept', '--all', '--rule', 'vat');
    expect(byOther.out).toContain('0 matches joined.');
    expect(byOther.out).toContain('2 proposals left');
    await store.query(`delete from tierlink.match where id = 'm-000003'`);
    expect((await tierlink('match', 'accept', '--all', '--rule', 'vat')).out).toContain('2 matches joined.');
  });

  it('are refused with a reason, and decided once', async () => {
    expect((await tierlink('match', 'refuse', 'm-000001')).exit).toBe(2);
    expect(await json('match', 'refuse', 'm-000001', '--reason', 'one group')).toMatchObject({
      state: 'refused',
      reason: 'one group',
    });
    const again = await tierlink('match', 'refuse', 'm-000001', '--reason', 'x');
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('MATCH_DECIDED')]);
    expect((await tierlink('match', 'undo', 'm-000001')).err).toContain('MATCH_NOT_JOINED');
    expect((await tierlink('match', 'show', 'm-000009')).err).toContain('MATCH_UNKNOWN');
  });

  it('that are no pair any more cannot be accepted', async () => {
    await store.query(`update tierlink.partner set in_scope = false where id = 'ptr_b1'`);
    expect((await tierlink('match', 'accept', 'm-000001')).err).toContain('MATCH_OUTDATED');
  });

  it('are not made in a project with one connection', async () => {
    writeFileSync(projectFile(), single);
    expect((await tierlink('match', 'accept', 'm-000001')).err).toContain('MATCH_SINGLE');
  });
});
