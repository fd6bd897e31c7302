import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { killTests } from './kill-size.ts';
import { postgresStores } from './kill-stores.ts';

describeWith(postgresPrograms)('work that is killed on PostgreSQL', () => {
  killTests(postgresStores, { first: 1 });
});
