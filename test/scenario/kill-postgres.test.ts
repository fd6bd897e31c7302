import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { compiled } from '../services/compiled.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres, type TestPostgres } from '../services/postgres.ts';
import type { KillHouse } from './kill-run.ts';
import { killAndCompare } from './kill-suite.ts';

const kills = Number(process.env.TIERLINK_KILLS ?? 24);

describeWith(postgresPrograms)('a pass that is killed on PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('ends, whenever its processes are killed, as one clean run: in the store and in the CRM', async () => {
    const house: KillHouse = {
      file: compiled('test/scenario/kill-child.ts'),
      newStore: async () => ({ dataFolder: '', databaseUrl: await server.createDatabase() }),
      afterDeath: async ({ databaseUrl }) => await expireLeases(databaseUrl!),
    };
    expect(await killAndCompare(house, { kills, worlds: [1, 2], seed: 5000 })).toBeGreaterThanOrEqual(kills);
  }, 3_600_000);
});

/** Stands for the minute that a restart on a server waits for. */
async function expireLeases(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(`select to_regclass('tierlink.lease') is not null as is_there`);
  if (rows[0]?.is_there === true) await client.query('update tierlink.lease set expires_at = now()');
  await client.end();
}
