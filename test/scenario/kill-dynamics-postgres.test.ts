import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { killTests } from './kill-size.ts';
import { postgresStores } from './kill-stores.ts';
import { dynamicsWorlds } from './kill-worlds.ts';

describeWith(postgresPrograms)('work on Dynamics that is killed on PostgreSQL', () => {
  killTests(postgresStores, { ...dynamicsWorlds, first: 0, turn: 'even' });
});
