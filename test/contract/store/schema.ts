import { expect, it } from '@jest/globals';
import { migrate } from '../../../src/store/migrate.ts';
import { migrations } from '../../../src/store/migrations/index.ts';
import type { StoreSite } from './site.ts';

/** Migrations. */
export function testsOfSchema(at: StoreSite): void {
  it('applies nothing twice', async () => {
    expect(await migrate(at.store.pool)).toEqual([]);
  });

  it('lets several starting processes take turns', async () => {
    const version = 900;
    const more = [...migrations, { version, name: 'probe', sql: 'create table probe.once ()' }];
    const results = await Promise.all([
      migrate(at.store.pool, more),
      migrate(at.other.pool, more),
      migrate(at.store.pool, more),
    ]);
    expect(results.flat()).toEqual([version]);
    await at.store.query('drop table probe.once');
    await at.store.query('delete from tierlink.migration where version = $1', [version]);
  });

  it('records nothing of a migration that fails', async () => {
    const broken = { version: 901, name: 'broken', sql: 'create table probe.half (); select 1 / 0' };
    const attempt = migrate(at.store.pool, [...migrations, broken]);
    await expect(attempt).rejects.toMatchObject({ code: '22012' });
    expect(await at.store.query(`select to_regclass('probe.half') as found`)).toEqual([{ found: null }]);
    expect(await migrate(at.store.pool)).toEqual([]);
  });

  it('refuses a schema that a newer version wrote', async () => {
    await at.store.query(
      `insert into tierlink.migration (version, name, checksum) values (999, 'later', 'x')`,
    );
    await expect(migrate(at.store.pool)).rejects.toMatchObject({
      code: 'STORE_SCHEMA_NEWER',
      data: { found: 999 },
    });
    await at.store.query('delete from tierlink.migration where version = 999');
  });

  it('refuses a migration whose contents changed after it was applied', async () => {
    const [first, ...rest] = migrations;
    const changed = [{ ...first!, sql: `${first!.sql} -- changed` }, ...rest];
    await expect(migrate(at.store.pool, changed)).rejects.toMatchObject({ code: 'STORE_MIGRATION_CHANGED' });
  });
}
