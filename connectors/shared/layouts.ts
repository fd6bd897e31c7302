import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';

/** What layouts and forms of records have in common, whatever the CRM calls them. */

/** The object of a layout: its name stands before the first hyphen, since it has none itself. */
export function objectOfLayout(layout: string): string {
  return layout.split('-', 1)[0]!;
}

/** Fields of an object that are written and never read, so that what people would write there is lost. */
export function onlyWritten(mappings: readonly ObjectMapping[], object: string): string[] {
  const named = mappings.filter((mapping) => mapping.object === object);
  const attributes = named.flatMap((mapping) => Object.values(mapping.attributes));
  const read = new Set(attributes.flatMap(({ field, direction }) => (direction === 'out' ? [] : field)));
  return [...new Set(attributes.map(({ field }) => field))].filter((field) => !read.has(field));
}
