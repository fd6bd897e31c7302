/** What every part of the engine needs while it compiles one statement. */

import type { Caller, QuerySource } from '../types.ts';
import type { Problems } from './problems.ts';

export interface Scope {
  soql: string;
  source: QuerySource;
  caller: Caller;
  /** True for queryAll: rows in the recycle bin take part. */
  includeDeleted: boolean;
  /** For the addresses in `attributes`: '67.0'. */
  apiVersion: string;
  problems: Problems;
}
