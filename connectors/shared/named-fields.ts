import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';

/**
 * The fields that the mapping of an object names, each as the first step of its path, which is of the object itself, with the
 * place in the mapping.
 */
export function namedFields({
  attributes,
  key,
  of,
  credits,
}: ObjectMapping): { field: string; path: string[] }[] {
  return [
    ...(key === undefined ? [] : [{ field: key, path: ['key'] }]),
    ...(of === undefined ? [] : [{ field: of, path: ['of'] }]),
    ...(credits ?? []).map(({ field }, index) => ({ field, path: ['credits', String(index)] })),
    ...Object.entries(attributes).map(([name, { field }]) => ({ field, path: ['attributes', name] })),
  ].map(({ field, path }) => ({ field: field.split('.')[0]!, path }));
}
