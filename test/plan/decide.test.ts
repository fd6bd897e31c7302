import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { PlanItem } from '../../src/plan/item.ts';
import { connectors } from '../../src/registry.ts';
import type { Store } from '../../src/store/store.ts';
import { edit, editorOf } from '../cli/crm-editor.ts';
import { run } from '../cli/harness.ts';
import { openWorld, type World } from '../cli/world.ts';
import { editOurs } from '../property/convergence-ours.ts';
import { type Shared, shared } from '../property/convergence-shared.ts';
import { openTestStore } from '../services/test-store.ts';

/** Whose value stays, decided one by one, in a group and by a line of the mapping, and taken back again. */

const fields: Readonly<Record<string, { object: string; field: string }>> = {
  salesforce: { object: 'Account', field: 'Phone' },
  dynamics: { object: 'account', field: 'telephone1' },
};
const [phone, region] = ['phone', 'region'].map(
  (name) => shared.find(({ entity, attribute }) => entity === 'partner' && attribute === name)!,
) as [Shared, Shared];

interface Shown {
  items: (PlanItem & { crmId: string })[];
}
interface Applied {
  run: string;
  state: string;
  decided: number;
  connections: { updated: number; rejected: number; left: number; refused: object[] }[];
}

describe.each(connectors.map((manifest) => [manifest.id, manifest] as const))('on %s', (id, manifest) => {
  const { object, field } = fields[id]!;
  let world: World;
  let store: Store;
  let file: string;
  /** Three partners, as the CRM knows them. */
  let ids: [string, string, string];
  beforeAll(async () => {
    [world, store] = [await openWorld(manifest), await openTestStore()];
    file = join(world.folder, 'it.plan');
    await json('sync');
    const rows = await store.query<{ crm_id: string }>(
      `select crm_id from tierlink.link where object = $1 and entity = 'partner' and state = 'live'
       order by crm_id collate "C" limit 3`,
      [object],
    );
    ids = rows.map((row) => row.crm_id) as typeof ids;
  });
  afterAll(async () => {
    await store.close();
    await world.close();
  });

  async function tierlink(...argv: string[]) {
    return await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store });
  }

  async function json<T = Record<string, unknown>>(...argv: string[]): Promise<T> {
    const { out } = await tierlink(...argv, '--json');
    const { result } = JSON.parse(out) as { result?: T };
    if (result === undefined) throw new Error(`${argv.join(' ')}: ${out}`);
    return result;
  }

  async function ours(crmId: string, value: string, what = phone): Promise<void> {
    const place = { connection: 'demo', crmId };
    const isEdited = await editOurs(store, { what, ...place, value, now: Date.now() });
    expect(isEdited).toBe(true);
  }

  const theirs = (crmId: string, value: string) =>
    edit(world, { object, id: crmId, fields: { [field]: value } });

  /** Both sides of each record: what the CRM holds, and what we do. */
  async function sides(): Promise<[unknown, unknown][]> {
    const held = new Map<string, unknown>();
    const pages = editorOf(world).read({ object, fields: [field], scope: { name: 'test' }, ids });
    for await (const { records } of pages) for (const { id, fields } of records) held.set(id, fields[field]);
    const rows = await store.query<{ crm_id: string; phone: string | null }>(
      `select l.crm_id, p.phone from tierlink.link l join tierlink.partner p on p.id = l.record_id
       where l.object = $1 and l.entity = 'partner' and l.crm_id = any($2::text[])`,
      [object, ids],
    );
    const own = new Map(rows.map((row) => [row.crm_id, row.phone]));
    return ids.map((id) => [held.get(id), own.get(id)]);
  }

  /** What a new plan says of the field, by record; nothing of the plan is chosen yet. */
  async function planned(): Promise<Record<string, string>> {
    const { items } = await json<Shown>('plan', '--out', file, '--object', object);
    const isChoosable = ({ kind }: PlanItem) => ['create', 'update', 'conflict', 'drift'].includes(kind);
    if (items.some(isChoosable)) await choose('--all', '--skip');
    const said = items.flatMap((item) => {
      const isOfField =
        (item.kind === 'conflict' && item.attribute === 'phone') ||
        (item.kind === 'update' && item.changes.some(({ attribute }) => attribute === 'phone')) ||
        (item.kind === 'invalid' && item.field === field);
      return isOfField ? [[item.crmId, item.kind] as const] : [];
    });
    const kinds: Record<string, string> = {};
    for (const [crmId, kind] of said) {
      const name = 'abc'[ids.indexOf(crmId)]!;
      kinds[name] = kinds[name] === undefined ? kind : `${kinds[name]} ${kind}`;
    }
    return kinds;
  }

  /** Only of the field something is chosen; the rest of the plan is for another day. */
  async function choose(...argv: string[]): Promise<void> {
    await json('plan', 'choose', file, ...argv);
  }

  async function applied(): Promise<Applied> {
    return await json<Applied>('apply', file);
  }

  async function undone({ run: of }: Applied): Promise<void> {
    await json('undo', of, '--out', file);
    expect(await applied()).toMatchObject({ state: 'succeeded' });
  }

  it('one by one: each record is as it was decided, and undo puts back what was written', async () => {
    const [a, b, c] = ids;
    for (const [at, crmId] of ids.entries()) {
      await theirs(crmId, `t${at}`);
      await ours(crmId, `o${at}`);
    }
    expect(await planned()).toEqual({ a: 'conflict', b: 'conflict', c: 'conflict' });
    await choose('--record', a, '--field', 'phone', '--theirs');
    await choose('--record', b, '--field', 'phone', '--ours');
    const run = await applied();
    expect(run).toMatchObject({ state: 'succeeded', decided: 2, connections: [{ updated: 1, left: 0 }] });
    expect(await sides()).toEqual([
      ['t0', 't0'],
      ['o1', 'o1'],
      ['t2', 'o2'],
    ]);
    expect(await planned()).toEqual({ c: 'conflict' });
    await undone(run);
    expect((await sides())[1]).toEqual(['t1', 't1']);
    expect(await planned()).toEqual({ c: 'conflict' });
    await choose('--record', c, '--field', 'phone', '--theirs');
    await applied();
    expect(await planned()).toEqual({});
  });

  it('a value that the program would write can be left to the CRM, and is not asked for again', async () => {
    const before = await sides();
    for (const [at, crmId] of ids.entries()) await ours(crmId, `p${at}`);
    expect(await planned()).toEqual({ a: 'update', b: 'update', c: 'update' });
    await choose('--object', object, '--field', 'phone', '--theirs');
    await choose('--record', ids[2], '--field', 'phone', '--ours');
    const run = await applied();
    expect(run).toMatchObject({ state: 'succeeded', connections: [{ updated: 1, rejected: 0, left: 0 }] });
    expect(await sides()).toEqual([before[0], before[1], ['p2', 'p2']]);
    expect(await planned()).toEqual({});
    await undone(run);
    expect(await sides()).toEqual(before);
    expect(await planned()).toEqual({});
  });

  it('in a group: what the CRM would refuse is told before, and refused alone', async () => {
    const long = '7'.repeat(300);
    for (const [at, crmId] of ids.entries()) await theirs(crmId, `u${at}`);
    for (const [at, crmId] of ids.entries()) await ours(crmId, at === 1 ? long : `q${at}`);
    const [{ region: was } = { region: null }] = await store.query<{ region: string | null }>(
      `select p.region from tierlink.partner p join tierlink.link l on l.record_id = p.id where l.crm_id = $1`,
      [ids[1]],
    );
    await ours(ids[1], was === 'APAC' ? 'EMEA' : 'APAC', region);
    expect(await planned()).toEqual({ a: 'conflict', b: 'conflict invalid', c: 'conflict' });
    await choose('--record', ids[1], '--field', 'region', '--ours');
    await choose('--kind', 'conflict', '--field', 'phone', '--ours');
    const shown = await tierlink('plan', 'show', file);
    expect(shown.out).toMatch(/holds \d+ characters, the value has 300/);
    const run = await tierlink('apply', file);
    expect(run.exit).toBe(68);
    expect(run.out).toMatch(/3 written, 1 rejected/);
    expect(run.out).toMatch(/CRM_TOO_LONG, .*holds \d+ characters, the value has 300/s);
    expect(run.err).toContain('tierlink rejects list --run');
    expect(await sides()).toEqual([
      ['q0', 'q0'],
      ['u1', long],
      ['q2', 'q2'],
    ]);
    const { groups } = await json<{ groups: { code: string; field: string }[] }>('rejects', 'list');
    expect(groups).toContainEqual(expect.objectContaining({ code: 'CRM_TOO_LONG', field }));
    await ours(ids[1], 'q1');
    expect(await planned()).toEqual({ b: 'update' });
    await choose('--record', ids[1], '--field', 'phone', '--ours');
    await applied();
    expect((await sides())[1]).toEqual(['q1', 'q1']);
  });

  it('by the inbox: what the CRM would refuse is told with the decision', async () => {
    await theirs(ids[0], 'w0');
    await ours(ids[0], '8'.repeat(300));
    const made = await tierlink('plan', '--out', file, '--partner', ids[0], '--kind', 'conflict');
    expect(made.err).toContain('--kind conflict --ours');
    expect(made.err).not.toContain('tierlink apply');
    for (const _again of [1, 2]) {
      const { out, err, exit } = await tierlink('apply', file);
      expect({ exit, out, err }).toMatchObject({
        exit: 0,
        out: expect.stringContaining('Nothing is chosen in the plan (1 field to choose)'),
        err: expect.stringContaining('--kind conflict --ours'),
      });
    }
    expect(await json('apply', file)).toMatchObject({ nothingChosen: true, skipped: 1 });
    await choose('--kind', 'conflict', '--theirs');
    expect(await applied()).toMatchObject({ nothingChosen: false, decided: 1 });
    await theirs(ids[0], 'w1');
    await ours(ids[0], '8'.repeat(300));
    await json('sync');
    const { out, err } = await tierlink(
      ...['differences', 'resolve', ids[0], '--take', 'ours', '--attribute', 'phone'],
    );
    expect(out).toContain('1 difference resolved.');
    expect(out).toMatch(/will not be written[\s\S]*CRM_TOO_LONG, .*holds\s+\d+\s+characters/);
    expect(err).toContain('tierlink rejects list');
    await ours(ids[0], 'w1');
    expect(await planned()).toEqual({});
  });

  it.each([
    ['crm', (at: number) => `v${at}-crm`],
    ['program', (at: number) => `r${at}-program`],
  ] as const)('by a line of the mapping: %s wins, and undo of what is written', async (wins, left) => {
    for (const [at, crmId] of ids.entries()) {
      await theirs(crmId, `v${at}-${wins}`);
      await ours(crmId, `r${at}-${wins}`);
    }
    await json('sync');
    const policy = await json<{ resolved: number }>(
      ...['differences', 'policy', 'phone', '--wins', wins, '--object', object],
    );
    expect(policy.resolved).toBe(3);
    const writes = await planned();
    expect(writes).toEqual(wins === 'crm' ? {} : { a: 'update', b: 'update', c: 'update' });
    if (wins === 'program') await choose('--field', 'phone', '--ours');
    const run = wins === 'program' ? await applied() : null;
    expect(await sides()).toEqual(ids.map((_id, at) => [left(at), left(at)]));
    if (run !== null) {
      await undone(run);
      expect(await sides()).toEqual(ids.map((_id, at) => [`v${at}-program`, `v${at}-program`]));
    }
    await json('differences', 'policy', 'phone', '--wins', 'ask', '--object', object);
  });
});
