import type { Route } from '../api.ts';
import { actionRoutes } from './actions.ts';
import { changeRoutes } from './changes.ts';
import { choiceRoutes } from './choices.ts';
import { functionRoutes } from './functions.ts';
import { listRoutes } from './lists.ts';
import { metadataRoutes } from './metadata.ts';
import { metadataChangeRoutes } from './metadata-change.ts';
import { metadataWriteRoutes } from './metadata-write.ts';
import { multipleRoutes } from './multiple.ts';
import { privilegeRoutes } from './privileges.ts';
import { propertyRoutes } from './properties.ts';
import { relatedRoutes } from './related.ts';
import { rowRoutes } from './rows.ts';
import { serviceRoutes } from './service.ts';

/** Every kind of request that the Web API answers, the more particular ones first. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...functionRoutes,
  ...privilegeRoutes,
  ...metadataRoutes,
  ...metadataWriteRoutes,
  ...metadataChangeRoutes,
  ...choiceRoutes,
  ...multipleRoutes,
  ...actionRoutes,
  ...changeRoutes,
  ...listRoutes,
  ...rowRoutes,
  ...propertyRoutes,
  ...relatedRoutes,
];
