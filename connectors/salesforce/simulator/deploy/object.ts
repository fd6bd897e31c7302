import { childOf, type Element, textOf } from '../../../simulation/xml-read.ts';
import { objectShape } from '../metadata.ts';
import { compactField } from '../metadata-field.ts';
import type { SharingModel } from '../schema.ts';
import type { ObjectMeta } from '../types.ts';

const SHARING: Record<string, SharingModel> = { ReadWrite: 'public', Read: 'readOnly', Private: 'private' };

/** Who sees the rows of a custom object; a detail follows its master. */
export function sharingOf(file: Element, masterField: string | undefined): SharingModel {
  if (masterField !== undefined) return `parent:${masterField}`;
  return SHARING[textOf(file, 'sharingModel') ?? 'ReadWrite'] ?? 'private';
}

/** A custom object as its `.object-meta.xml` declares it, with the fields that every object has. */
export function objectOf(
  file: Element,
  given: { name: string; keyPrefix: string; isDetail: boolean },
): ObjectMeta {
  const nameField = childOf(file, 'nameField') ?? {};
  const isNumbered = textOf(nameField, 'type') === 'AutoNumber';
  const label = textOf(file, 'label') ?? given.name;
  const fields = [
    compactField('Id', 'id dfsgL'),
    ...(given.isDetail ? [] : [compactField('OwnerId', 'reference cudfsgP -> Group,User (Owner)')]),
    compactField('IsDeleted', 'boolean dfsg'),
    {
      ...compactField('Name', isNumbered ? 'string(80) dfsgLNA' : 'string(80) cundfsgLN'),
      label: textOf(nameField, 'label') ?? 'Name',
    },
    compactField('CreatedDate', 'datetime dfs'),
    compactField('CreatedById', 'reference dfsg -> User (CreatedBy)'),
    compactField('LastModifiedDate', 'datetime dfs'),
    compactField('LastModifiedById', 'reference dfsg -> User (LastModifiedBy)'),
    compactField('SystemModstamp', 'datetime dfs'),
    compactField('LastActivityDate', 'date nfsg'),
    compactField('LastViewedDate', 'datetime nfs'),
    compactField('LastReferencedDate', 'datetime nfs'),
  ].map((field) => (field.name === 'Name' ? { ...field, permissionable: false } : field));
  return objectShape({
    name: given.name,
    label,
    labelPlural: textOf(file, 'pluralLabel') ?? `${label}s`,
    keyPrefix: given.keyPrefix,
    fields,
  });
}
