import type { Route } from '../api.ts';
import { changeRoutes } from './changes.ts';
import { functionRoutes } from './functions.ts';
import { listRoutes } from './lists.ts';
import { metadataRoutes } from './metadata.ts';
import { rowRoutes } from './rows.ts';
import { serviceRoutes } from './service.ts';

/** Every kind of request that the Web API answers, the more particular ones first. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...functionRoutes,
  ...metadataRoutes,
  ...changeRoutes,
  ...listRoutes,
  ...rowRoutes,
];
