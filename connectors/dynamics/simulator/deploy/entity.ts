import { childOf, childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';
import { type AttributeSource, labelOf, readAttribute } from './attribute.ts';

/** A table as Entity.xml declares it. */
export interface EntitySource {
  path: string;
  logicalName: string;
  schemaName: string;
  /** Absent where the file changes no properties of the table itself. */
  properties?: {
    label: Record<string, unknown>;
    plural: Record<string, unknown>;
    ownership: 'UserOwned' | 'OrganizationOwned';
    changeTracking: boolean;
    entitySet: string | undefined;
  };
  attributes: AttributeSource[];
  keys: KeySource[];
}

export interface KeySource {
  SchemaName: string;
  KeyAttributes: string[];
}

const ownerships = { UserOwned: 'UserOwned', OrgOwned: 'OrganizationOwned' } as const;

/** Reads an Entity.xml. Throws for what the platform does not take, naming the column. */
export function readEntity(path: string, file: Element): EntitySource {
  const entity = childOf(childOf(file, 'EntityInfo') ?? {}, 'entity');
  const schemaName = textOf(entity ?? {}, '@Name');
  if (entity === undefined || schemaName === undefined) throw new Error('EntityInfo names no entity.');
  if (path.split('/')[1] !== schemaName)
    throw new Error(`The entity '${schemaName}' does not lie in the folder of its name.`);
  const attributes = childrenOf(childOf(entity, 'attributes') ?? {}, 'attribute').map(readAttribute);
  requireOnce(attributes.map(({ logicalName }) => logicalName));
  const isUnmodified = textOf(entity, '@unmodified') === '1';
  return {
    path,
    schemaName,
    logicalName: schemaName.toLowerCase(),
    attributes,
    keys: childrenOf(childOf(entity, 'EntityKeys') ?? {}, 'EntityKey').map(readKey),
    ...(isUnmodified ? {} : { properties: propertiesOf(entity) }),
  };
}

function requireOnce(names: readonly string[]): void {
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again !== undefined) throw new Error(`An attribute with the name ${again} already exists.`);
}

function propertiesOf(entity: Element): EntitySource['properties'] & object {
  const mask = textOf(entity, 'OwnershipTypeMask') ?? '';
  const ownership = Object.hasOwn(ownerships, mask) ? ownerships[mask as keyof typeof ownerships] : undefined;
  if (ownership === undefined) throw new Error(`The OwnershipTypeMask '${mask}' is not valid.`);
  return {
    label: labelOf(entity, 'LocalizedNames', 'LocalizedName'),
    plural: labelOf(entity, 'LocalizedCollectionNames', 'LocalizedCollectionName'),
    ownership,
    changeTracking: textOf(entity, 'ChangeTrackingEnabled') === '1',
    entitySet: textOf(entity, 'EntitySetName'),
  };
}

function readKey(element: Element): KeySource {
  const names = childOf(element, 'EntityKeyAttributes')?.AttributeName ?? [];
  return {
    SchemaName: textOf(element, 'Name') ?? '',
    KeyAttributes: names.filter((name) => typeof name === 'string'),
  };
}
