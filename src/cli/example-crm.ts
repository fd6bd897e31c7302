import { connectors } from '../registry.ts';

/** A kind of CRM to use in examples. */
export const exampleCrm = connectors[0]?.id ?? 'crm';
