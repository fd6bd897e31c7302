import type { AttributeMapping, ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { sentValues } from '../../src/sync/mapping/sent-values.ts';

/** A field that a mapping names, with the place in the mapping. */
export interface NamedField {
  field: string;
  path: string[];
  /** Values of a picklist or choice that the mapping writes to it, as the CRM has them. */
  values: string[];
}

/**
 * The fields that the mapping of an object names, each as the first step of its path, which is of the object itself.
 */
export function namedFields({ attributes, key, of, credits }: ObjectMapping): NamedField[] {
  return [
    ...(key === undefined ? [] : [{ field: key, path: ['key'], values: [] }]),
    ...(of === undefined ? [] : [{ field: of, path: ['of'], values: [] }]),
    ...(credits ?? []).map(({ field }, index) => ({ field, path: ['credits', String(index)], values: [] })),
    ...Object.entries(attributes).map(([name, spec]) => ({
      ...{ field: spec.field, path: ['attributes', name], values: writtenValues(spec) },
    })),
  ].map(({ field, ...rest }) => ({ field: field.split('.')[0]!, ...rest }));
}

function writtenValues({ direction, onCreate, transform }: AttributeMapping): string[] {
  const isWritten = direction !== 'in' || onCreate !== undefined;
  return isWritten && transform?.kind === 'values' ? sentValues(transform.map) : [];
}
