import type { RegisterRoutes } from '../context.ts';
import { registerBulkIngestRoutes } from './bulk-ingest.ts';
import { registerBulkOneRoutes } from './bulk-one.ts';
import { registerBulkQueryRoutes } from './bulk-query.ts';
import { registerCollectionRoutes } from './collections.ts';
import { registerCompositeRoutes } from './composite.ts';
import { registerCompositeBatchRoutes } from './composite-batch.ts';
import { registerCompositeGraphRoutes } from './composite-graph.ts';
import { registerCompositeTreeRoutes } from './composite-tree.ts';
import { registerDeployRoutes } from './deploy-request.ts';
import { registerDescribeRoutes } from './describe.ts';
import { registerExternalIdRoutes } from './external-id.ts';
import { registerIdentityRoutes } from './identity.ts';
import { registerLimitRoutes } from './limits.ts';
import { registerListingRoutes } from './listings.ts';
import { registerOauthRoutes } from './oauth.ts';
import { registerQueryRoutes } from './query.ts';
import { registerRecentRoutes } from './recent.ts';
import { registerRecordRoutes } from './records.ts';
import { registerReplicationRoutes } from './replication.ts';
import { registerSearchRoutes } from './search.ts';
import { registerSoapRoutes } from './soap.ts';
import { registerVersionRoutes } from './versions.ts';

const ROUTES: RegisterRoutes[] = [
  registerVersionRoutes,
  registerIdentityRoutes,
  registerDescribeRoutes,
  registerRecentRoutes,
  registerReplicationRoutes,
  registerRecordRoutes,
  registerExternalIdRoutes,
  registerCollectionRoutes,
  registerCompositeRoutes,
  registerCompositeBatchRoutes,
  registerCompositeGraphRoutes,
  registerCompositeTreeRoutes,
  registerLimitRoutes,
  registerListingRoutes,
  registerQueryRoutes,
  registerSearchRoutes,
  registerBulkIngestRoutes,
  registerBulkQueryRoutes,
  registerBulkOneRoutes,
  registerDeployRoutes,
  registerOauthRoutes,
  registerSoapRoutes,
];

/** Every resource that the simulator answers. */
export const registerAllRoutes: RegisterRoutes = (app, context) => {
  for (const register of ROUTES) register(app, context);
};
