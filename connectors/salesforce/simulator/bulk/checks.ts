/** What both Bulk APIs check of a job before they take it. */

import { badRequest } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import type { Caller, ObjectMeta } from '../types.ts';

/** The object of a job. @throws ApiError INVALIDJOB */
export function objectOfJob(name: unknown, caller: Caller, context: SimulatorContext): ObjectMeta {
  const object = context.org.object(String(name ?? ''));
  if (object && caller.canReadObject(object)) return object;
  throw badRequest('INVALIDJOB', `InvalidJob : Unable to find object: ${String(name ?? '')}`);
}

/** The key of an upsert in its canonical case. @throws ApiError INVALIDJOB */
export function checkKey(object: ObjectMeta, name: unknown): string {
  if (typeof name !== 'string')
    throw badRequest(
      'INVALIDJOB',
      `InvalidJob : External ID was blank for ${object.name}. An External ID must be specified for upsert.`,
    );
  const field = object.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field?.externalId || field?.idLookup) return field.name;
  throw badRequest(
    'INVALIDJOB',
    `InvalidJob : Field name provided, ${name} does not match an External ID for ${object.name}`,
  );
}

/** @throws ApiError FEATURENOTENABLED */
export function checkHardDelete(caller: Caller): void {
  if (caller.isAdmin) return;
  throw badRequest(
    'FEATURENOTENABLED',
    'FeatureNotEnabled : hardDelete operation requires special user profile permission, please contact your system administrator',
  );
}
