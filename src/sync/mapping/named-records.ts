import type { Connector } from '../connector.ts';
import type { AttributeMapping, ObjectMapping, Transform } from './schema.ts';

type Named = Extract<Transform, { kind: 'named' }>;

/** For each lookup by name: the CRM's id of the record of a name. Names that several records bear are left out. */
export type NamedRecords = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Stands for the records that a transform finds by name; two transforms that mean the same ones share it. */
export function namedKey({ object, field, where }: Named): string {
  return JSON.stringify([object, field, where ?? {}]);
}

/** Reads the records that mappings refer to by name. `objects`: what the CRM has; mappings of others are left out. */
export async function readNamedRecords(
  connector: Connector,
  mappings: readonly ObjectMapping[],
  objects: ReadonlySet<string>,
): Promise<NamedRecords> {
  const named: Record<string, Record<string, string>> = {};
  for (const transform of namedTransforms(mappings.filter((mapping) => objects.has(mapping.object)))) {
    named[namedKey(transform)] ??= await readOne(connector, transform);
  }
  return named;
}

/** The transforms by name of mappings, and the currencies by their codes that created records point to. */
export function namedTransforms(mappings: readonly ObjectMapping[]): Named[] {
  return mappings.flatMap((mapping) =>
    Object.values(mapping.attributes).flatMap((spec) => {
      const { transform } = spec;
      if (transform?.kind === 'named') return [transform];
      return currenciesOf(spec)?.named ?? [];
    }),
  );
}

/** The currencies to which an amount of a record that we create points, and the path from the lookup to their code. */
export function currenciesOf({
  onCreate,
  transform,
}: AttributeMapping): { named: Named; path: readonly string[] } | null {
  const path = transform?.kind === 'money' ? transform.currencyField?.split('.') : undefined;
  const field = path?.[1];
  if (onCreate?.currency === undefined || path === undefined || field === undefined) return null;
  return { named: { kind: 'named', object: onCreate.currency, field }, path };
}

async function readOne(
  connector: Connector,
  { object, field, where }: Named,
): Promise<Record<string, string>> {
  const scope = { name: `named:${object}`, ...(where === undefined ? {} : { where }) };
  const ids = new Map<string, string | null>();
  for await (const page of connector.read({ object, fields: [field], scope })) {
    for (const record of page.records) {
      const name = String(record.fields[field] ?? '');
      ids.set(name, ids.has(name) ? null : record.id);
    }
  }
  return Object.fromEntries([...ids].filter((entry): entry is [string, string] => entry[1] !== null));
}
