// Run as a process of its own: uses the store of the owner; takes a lease, writes inside of a transaction and stays in
// it. When it goes on after it was suspended, it says how the transaction ends.
import { once } from 'node:events';
import { isTierlinkError } from '../../src/errors.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { openStore } from '../../src/store/open-store.ts';

const [, , folder = '', stay = ''] = process.argv;
const store = await openStore({ dataFolder: folder, command: 'tierlink sync' });
process.stdout.write(`guest of ${store.owner?.pid}\n`);
await acquireLease(store, { key: 'pull:north', holder: `guest ${process.pid}`, ttlMs: 60_000 });
// Keeps it alive, as a signal's listener does not.
setInterval(() => undefined, 1000);
try {
  await store.transaction(async (tx) => {
    await tx.query(`insert into probe values (1, 'half')`);
    // Listens before it says so: it may be suspended from that line on.
    const resumed = once(process, 'SIGCONT');
    process.stdout.write('inside\n');
    if (stay === 'running') await tx.query('select count(*) from generate_series(1, 3000000)');
    await resumed;
    await tx.query('select 1');
  });
} catch (error) {
  process.stdout.write(`${isTierlinkError(error) ? error.code : String(error)}\n`);
}
await store.close();
process.exit(0);
