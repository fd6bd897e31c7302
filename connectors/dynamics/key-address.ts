import { TierlinkError } from '../../src/errors.ts';
import { isGuid, quote } from './odata.ts';

/** Columns that can stand in a key, by how their values are written in an address. */
export type KeyKind = 'text' | 'bare' | 'lookup';

/** One column of a key with its value. */
export interface KeyPart {
  column: string;
  kind: KeyKind;
  value: string;
}

/** How the values of a column stand in an address, by the AttributeType of the metadata. */
export function keyKind(attributeType: string): KeyKind {
  if (attributeType === 'String' || attributeType === 'Memo') return 'text';
  return attributeType === 'Lookup' || attributeType === 'Customer' ? 'lookup' : 'bare';
}

/**
 * Whether a row can be addressed by a key of this value. The platform documents that values with these characters cannot,
 * encoded or not; # is here because an address inside a body may lose what stands behind it (a guess on the safe side).
 * https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
 */
export function isAddressable(value: string): boolean {
  return value !== '' && !/[/<>*%&:\\?+#\p{Cc}]/u.test(value);
}

/** Whether the value looks the same in an address and in a body, so that it does not matter who decodes what. */
export function isPlain(value: string): boolean {
  return isAddressable(value) && /^[\w.~!-]+$/.test(value);
}

const BARE = /^-?\d+(\.\d+)?$|^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$|^(true|false)$/;

/** The value of a key as OData writes it. Throws CRM_BAD_VALUE for one that does not fit its type. */
function literal(part: KeyPart): string {
  if (part.kind === 'text') return quote(part.value);
  if (part.kind === 'lookup' ? isGuid(part.value) : BARE.test(part.value)) return part.value;
  throw new TierlinkError('CRM_BAD_VALUE', {
    reason: `"${part.value}" does not fit the key column ${part.column}`,
    field: part.column,
  });
}

/** `accounts(7891...)`. Throws CRM_REFERENCE for what is no id: nothing of a caller gets into an address unseen. */
export function idAddress(entitySet: string, id: string): string {
  if (!isGuid(id)) throw new TierlinkError('CRM_REFERENCE', { reason: `"${id}" is no id of a row` });
  return `${entitySet}(${id.toLowerCase()})`;
}

/** `accounts(new_key='A%201')`, percent-encoded. The value must be addressable. */
export function keyAddress(entitySet: string, part: KeyPart): string {
  const name = part.kind === 'lookup' ? `_${part.column}_value` : part.column;
  return `${entitySet}(${name}=${encodeURIComponent(literal(part))})`;
}
