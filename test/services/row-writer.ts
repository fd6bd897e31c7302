// Run as a process of its own: takes a lease and commits rows one by one until it is killed, telling each.
import { acquireLease } from '../../src/store/leases.ts';
import { openStore } from '../../src/store/open-store.ts';

const [, , folder = ''] = process.argv;
const store = await openStore({ dataFolder: folder });
await store.query('create table if not exists probe (id integer primary key)');
await acquireLease(store, { key: 'pull:north', holder: 'row-writer', ttlMs: 3_600_000 });
for (let id = 1; ; id += 1) {
  await store.query('insert into probe values ($1)', [id]);
  process.stdout.write(`wrote ${id}\n`);
}
