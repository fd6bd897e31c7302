import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { killTests } from './kill-size.ts';
import { postgresStores } from './kill-stores.ts';
import { bothWorlds } from './kill-worlds.ts';

describeWith(postgresPrograms)('work on Salesforce and Dynamics at once that is killed on PostgreSQL', () => {
  killTests(postgresStores, { ...bothWorlds, first: 0 });
});
