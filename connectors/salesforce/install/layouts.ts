import type { Context } from '../context.ts';
import { childrenNamed, childText, type MetadataElement } from '../metadata-xml.ts';
import { listMetadata, readMetadata } from './metadata.ts';

/**
 * Fields that any page layout of an object shows, by object. Which layouts are in use, and whether a Lightning page shows fields
 * of its own, is not looked at.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_layouts.htm
 */
export async function fieldsOnLayouts(
  context: Context,
  objects: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  if (objects.length === 0) return new Map();
  // The name of a layout begins with that of its object.
  const isOf = (object: string) => (layout: string) => layout.startsWith(`${object}-`);
  const names = (await listMetadata(context, 'Layout')).filter((layout) =>
    objects.some((object) => isOf(object)(layout)),
  );
  const layouts = await readMetadata(context, 'Layout', names);
  return new Map(
    objects.map((object) => {
      const own = [...layouts].filter(([name]) => isOf(object)(name));
      return [object, new Set(own.flatMap(([, layout]) => fieldsOf(layout)))];
    }),
  );
}

function fieldsOf(layout: MetadataElement): string[] {
  return ['layoutSections', 'layoutColumns', 'layoutItems']
    .reduce((inside, name) => inside.flatMap((each) => childrenNamed(each, name)), [layout])
    .flatMap((item) => childText(item, 'field') ?? []);
}
