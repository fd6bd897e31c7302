import { manifest } from '../../connectors/dynamics/index.ts';
import type { BenchCrm } from './crm.ts';
import { dynamicsThrottles } from './dynamics-throttles.ts';

const rowsOfPage = 1_000;

export const dynamics: BenchCrm = {
  manifest,
  noOptions: { url: 'http://127.0.0.1:1', tenantId: 'none', clientId: 'none', clientSecret: 'none' },
  objects: { account: 'account', deal: 'opportunity' },
  writeKinds: ['multiple', 'batch', 'record'],
  leastWrites: (rows) => Math.ceil(rows / rowsOfPage),
  leastNote: [
    'Least possible: for each object pages of 1,000 rows (UpsertMultiple or UpdateMultiple). Beyond them: a look before each update,',
    'and after UpsertMultiple the ids of new rows, which it does not tell; each with the question what is hidden.',
  ],
  mostOfPush: 1.5,
  mostOfQuietPass: 16,
  library: {
    label: 'dynamics-web-api retrieveMultiple',
    drain: async (start) => await (await import('./dynamics-drain.ts')).drainDynamicsWebApi(start),
  },
  throttles: Object.values(dynamicsThrottles),
  startOrg: async (start) => await (await import('./dynamics-org.ts')).startOrg(start),
};
