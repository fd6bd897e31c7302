import { describe, expect, it } from '@jest/globals';
import type { EntityName } from '../../src/model/entities.ts';
import type { Store } from '../../src/store/store.ts';
import { heldSql } from '../../src/sync/import/feeds.ts';
import type { ImportKind } from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';

let store: Store;
let run: ImportHouse['run'];
let refused: ImportHouse['refused'];
storeForEach(async (opened) => {
  store = opened;
  ({ run, refused } = await openImportHouse(store));
});

const files: [ImportKind, string, string, string][] = [
  ['facts', 'fact', 'partner,kind,occurred_on,quantity', 'Nordic AB,usage,2026-01-31,5'],
  ['leads', 'lead', 'partner,email,company,created_at', 'Nordic AB,b@n.example,N,2026-02-01T09:30:00Z'],
  ['certifications', 'certification', 'email,code,issued_on', 'ann@acme.example,PRO,2026-01-15'],
  ['deals', 'deal', 'id,partner,role,amount', 'D-1,Nordic AB,sourced,100'],
];

describe('a file that is taken back', () => {
  const stateOf = async (table: string) =>
    await store.query(
      `select r.deleted_at is null as counts, l.state from tierlink.${table} r
       join tierlink.link l on l.record_id = r.id and l.connection = 'import' and l.entity = $1`,
      [table],
    );

  it.each(files)('of %s counts for nothing until it is imported again', async (kind, table, header, row) => {
    await run(kind, [header, row]);
    await store.query('delete from tierlink.dirty_partner');
    const dry = await run(kind, [header, row], { remove: true, dryRun: true });
    expect([dry.removed, await stateOf(table)]).toEqual([1, [{ counts: true, state: 'live' }]]);
    expect(await run(kind, [header, row], { remove: true })).toMatchObject({ removed: 1, unchanged: 0 });
    expect(await stateOf(table)).toEqual([{ counts: false, state: 'deleted' }]);
    expect(await store.query('select 1 as due from tierlink.dirty_partner limit 1')).toEqual([{ due: 1 }]);
    expect(await run(kind, [header, row], { remove: true })).toMatchObject({ removed: 0, unchanged: 1 });
    expect(await run(kind, [header, row])).toMatchObject({ created: 0, updated: 1 });
    expect(await stateOf(table)).toEqual([{ counts: true, state: 'live' }]);
  });

  it('leaves other records alone, and says in the audit who took it back', async () => {
    const [, , header, row] = files[0]!;
    await run('facts', [header, row, 'Nordic AB,usage,2026-02-28,7']);
    await run('facts', [header, row, 'Nordic AB,usage,2026-03-31,9'], { remove: true, author: 'kim' });
    expect(
      await store.query(`select occurred_on::text as day, deleted_at is null as counts from tierlink.fact
       order by occurred_on`),
    ).toEqual([
      { day: '2026-01-31', counts: false },
      { day: '2026-02-28', counts: true },
    ]);
    const audited = `select actor, before ->> 'quantity' as quantity, after from tierlink.audit where action = 'remove'`;
    expect(await store.query(audited)).toEqual([{ actor: 'kim', quantity: '5', after: null }]);
  });

  const feedsOf = async () =>
    (
      await store.query<{ object: string }>(
        `select object from tierlink.feed where connection = 'import' order by object`,
      )
    ).map(({ object }) => object);

  it('leaves files as complete as they were where they hold more of it, unless a day is given', async () => {
    const [, , header, row] = files[0]!;
    await run('facts', [header, row, 'Nordic AB,usage,2026-02-28,7']);
    expect((await run('facts', [header, row], { remove: true })).feeds).toEqual([]);
    const days = `select (complete_to at time zone 'Europe/Stockholm')::date::text as day from tierlink.feed
      where connection = 'import'`;
    expect(await store.query(days)).toEqual([{ day: '2026-02-28' }]);
    const completeTo = '2025-12-31';
    const { feeds } = await run('facts', [header, row], { remove: true, completeTo });
    expect(feeds).toEqual([{ object: 'facts of kind usage', completeTo, lacksRows: false, isNamed: null }]);
  });

  it.each(files)('of %s leaves no day behind once files hold nothing of it', async (kind, _, header, row) => {
    await run('facts', ['partner,kind,occurred_on,quantity', 'Nordic AB,visits,2026-01-31,1']);
    await run('partners', ['name,number', 'Northwind,N-1']);
    const others = await feedsOf();
    await run(kind, [header, row]);
    await run(kind, [header, row], { remove: true, dryRun: true });
    expect(await feedsOf()).toHaveLength(others.length + 1);
    await run(kind, [header, row], { remove: true });
    expect(await feedsOf()).toEqual(others);
    await run(kind, [header, row]);
    await run(kind, [header, row], { remove: true, completeTo: '2026-02-28' });
    expect(await feedsOf()).toHaveLength(others.length + 1);
  });

  it('leaves no day behind of the kind that its rows had, nor of the one that its records have since', async () => {
    const header = 'partner,kind,occurred_on,quantity,id';
    await run('facts', [header, 'Nordic AB,usgae,2026-01-31,5,U-1']);
    await run('facts', [header, 'Nordic AB,Usage,2026-01-31,5,U-1']);
    await run('facts', [header, 'Nordic AB,usgae,2026-01-31,5,U-1'], { remove: true });
    expect(await feedsOf()).toEqual([]);
  });

  it('leaves no open feed behind of rows that were left out', async () => {
    const rows = ['partner,kind,occurred_on,quantity', 'Nobody,usage,2026-01-31,5'];
    const { feeds } = await run('facts', rows, { skipInvalid: true, factKinds: ['Usage'] });
    expect(feeds).toEqual([
      { object: 'facts of kind usage', completeTo: null, lacksRows: true, isNamed: true },
    ]);
    await run('facts', rows, { skipInvalid: true, remove: true, factKinds: ['Usage'] });
    expect(await feedsOf()).toEqual([]);
  });

  it.each(files)(
    'of %s looks for what is left in as few pages, however much there is',
    async (kind, table, header, row) => {
      await run(kind, [header, row]);
      const isFact = kind === 'facts';
      // As many that were taken back as of others that count: first those, as they came.
      await store.query(
        `insert into tierlink.${table} (id, deleted_at${isFact ? ', kind' : ''})
         select 'x' || n, case when n <= 5000 then now() end
           ${isFact ? ", case when n <= 5000 then 'usage' else 'visits' end" : ''} from generate_series(1, 10000) n`,
      );
      await store.query(
        `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
         select 'import', $1, 'x' || lpad(n::text, 5, '0'), $2, 'x' || n,
           case when n <= 5000 then 'deleted' else 'live' end, now(), now() from generate_series(1, 10000) n`,
        [kind, table],
      );
      await run(kind, [header, row], { remove: true });
      const [plan] = await store.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `explain (analyze, buffers, format json) ${heldSql(kind, table as EntityName)}`,
        [[isFact ? 'usage' : '']],
      );
      const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read } = plan!['QUERY PLAN'][0].Plan;
      expect(hit! + read!).toBeLessThan(60);
    },
  );

  it.each(['partners', 'people'] as const)(
    'cannot be one of %s, whom other records belong to',
    async (kind) => {
      const error = await refused(kind, ['name,number', 'Northwind,N-1'], { remove: true });
      expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('are not taken back') });
    },
  );
});
