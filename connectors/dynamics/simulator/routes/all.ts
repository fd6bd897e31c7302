import type { Route } from '../api.ts';
import { actionRoutes } from './actions.ts';
import { bulkDeleteRoutes } from './bulk-delete.ts';
import { changeRoutes } from './changes.ts';
import { choiceRoutes } from './choices.ts';
import { fileBlockRoutes } from './file-blocks.ts';
import { fileRoutes } from './files.ts';
import { formRoutes } from './forms.ts';
import { functionRoutes } from './functions.ts';
import { listRoutes } from './lists.ts';
import { metadataRoutes } from './metadata.ts';
import { metadataChangeRoutes } from './metadata-change.ts';
import { metadataChangesRoutes } from './metadata-changes.ts';
import { metadataWriteRoutes } from './metadata-write.ts';
import { multipleRoutes } from './multiple.ts';
import { otherQueryRoutes } from './other-queries.ts';
import { privilegeRoutes } from './privileges.ts';
import { propertyRoutes } from './properties.ts';
import { relatedRoutes } from './related.ts';
import { roleRoutes } from './roles.ts';
import { rowRoutes } from './rows.ts';
import { serviceRoutes } from './service.ts';
import { shareRoutes } from './shares.ts';

/** Every kind of request that the Web API answers, the more particular ones first. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...functionRoutes,
  ...privilegeRoutes,
  ...roleRoutes,
  ...formRoutes,
  ...metadataRoutes,
  ...metadataWriteRoutes,
  ...metadataChangeRoutes,
  ...metadataChangesRoutes,
  ...bulkDeleteRoutes,
  ...choiceRoutes,
  ...multipleRoutes,
  ...actionRoutes,
  ...fileBlockRoutes,
  ...fileRoutes,
  ...shareRoutes,
  ...otherQueryRoutes,
  ...changeRoutes,
  ...listRoutes,
  ...rowRoutes,
  ...propertyRoutes,
  ...relatedRoutes,
];
