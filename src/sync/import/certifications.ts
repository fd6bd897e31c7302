import { emailKey, importedPersonId } from './references.ts';
import type { RowReading } from './rows.ts';

/** The holder by address. Somebody not known yet becomes a person of the partner that the row names. */
export function findHolder({ record, references, fail }: RowReading): void {
  const { cells, values, brings } = record;
  const email = emailKey(cells.email ?? '');
  if (email === '') return;
  const known = references.person(email);
  values.person = known ?? importedPersonId(email);
  if (known !== undefined) return;
  if (typeof values.partner !== 'string') {
    const isNamed = (cells.partner ?? '') !== '';
    if (!isNamed)
      fail('email', 'nobody with this address is known; name the partner, and the person is added');
    return;
  }
  const name = cells.holder ?? '';
  brings.push({
    entity: 'person',
    object: 'people',
    key: email,
    id: importedPersonId(email),
    values: { email, partner: values.partner, ...(name === '' ? {} : { name }) },
  });
}
