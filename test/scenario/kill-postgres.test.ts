import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { killTests } from './kill-size.ts';
import { postgresStores } from './kill-stores.ts';
import { salesforceWorlds } from './kill-worlds.ts';

describeWith(postgresPrograms)('work on Salesforce that is killed on PostgreSQL', () => {
  killTests(postgresStores, { ...salesforceWorlds, first: 1, turn: 'odd' });
});
