// Run as a process of its own beside the tests: keeps a PostgreSQL server for all of them until its input ends.
import { openStore } from '../../src/store/open-store.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import { databaseUrlOf, sharedTemplate } from './shared-database.ts';

process.stdout.write(`${await address()}\n`);

/** Empty where no server can be started. */
async function address(): Promise<string> {
  if (Object.values(postgresPrograms).includes(undefined)) return '';
  const server = await startPostgres();
  process.stdin.resume().once('end', async () => {
    await server.stop();
    process.exit();
  });
  await server.createDatabase(sharedTemplate);
  await (await openStore({ dataFolder: '', databaseUrl: databaseUrlOf(server.url, sharedTemplate) })).close();
  return server.url;
}
