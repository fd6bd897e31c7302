import { fileIdPrefix, filesAlias } from '../../model/record-id.ts';
import { alive } from '../../store/alive.ts';
import type { Tx } from '../../store/store.ts';
import type { ImportDefinition } from './kinds.ts';
import { failFound } from './staging.ts';

/** Spreadsheets take the zeros from the front of what looks like a number, unless they are told that it is a text. */

/** SQL: digits that do not begin with a zero. */
const isBare = (text: string) => `${text} ~ '^[1-9][0-9]*$'`;

/** SQL: the same but for zeros in front, which the known one has. */
const isSameBut = (known: string, given: string) => `${known} like '0%' and ltrim(${known}, '0') = ${given}`;

const advice =
  'a spreadsheet takes zeros from the front; give the column the format of text there and fill it anew';

/**
 * Makes errors of rows whose id, or whose number as that of a partner, nobody knows but with zeros in front: each would be one
 * record more.
 */
export async function refuseLostZeros(tx: Tx, { kind, entity }: ImportDefinition): Promise<void> {
  const ids = `select substr(crm_id, ${fileIdPrefix.length + 1}) as word from tierlink.link
    where connection = '${filesAlias}' and object = '${kind}' and entity = '${entity}' and state = 'live'
      and crm_id like '${fileIdPrefix}%'`;
  await refuse(tx, { column: 'id', given: 'r.own_id', known: ids });
  if (kind === 'partners') {
    const numbers = `select number as word from tierlink.partner p where ${alive('p')}`;
    await refuse(tx, { column: 'number', given: `r.record->'values'->>'number'`, known: numbers });
  }
  await failFound(tx);
}

async function refuse(
  tx: Tx,
  { column, given, known }: { column: string; given: string; known: string },
): Promise<void> {
  await tx.query(
    `with w as materialized (select r.line, ${given} as word from pg_temp.import_record r
       where ${isBare(given)}),
     k as (${known})
     insert into pg_temp.import_finding (kind, line, column_name, value, reason)
     select 'error', w.line, $1, w.word, format('nobody knows %s, but %s: ${advice}; where it is another one, --as-written takes it', w.word, min(k.word collate "C"))
     from w join k on ${isSameBut('k.word', 'w.word')}
     where not exists (select from k same where same.word = w.word)
     group by w.line, w.word order by w.line`,
    [column],
  );
}

/** Notes, of words for partners that lead nowhere, what they would be with zeros in front. */
export async function findLostZeros(tx: Tx): Promise<void> {
  await tx.query(
    `insert into pg_temp.import_found (entity, word, ids)
     select '${lostZeros}', w.word, array_agg(distinct k.word order by k.word)
     from (select distinct word from pg_temp.import_asked a where entity = 'partner' and ${isBare('word')}
       and not exists (select from pg_temp.import_found f where f.entity = 'partner' and f.word = a.word)) w
     join (select number as word from tierlink.partner p where ${alive('p')}
       union all select substr(crm_id, ${fileIdPrefix.length + 1}) from tierlink.link
       where connection = '${filesAlias}' and object = 'partners' and entity = 'partner' and state = 'live'
         and crm_id like '${fileIdPrefix}%') k
     on ${isSameBut('k.word', 'w.word')} group by w.word`,
  );
}

/** What findLostZeros notes is found as. */
export const lostZeros = 'partner with zeros in front';

/** What to do about a word that leads nowhere but with zeros in front. */
export function lostZerosText([word]: readonly string[]): string {
  return word === undefined ? '' : `, but "${word}" is: ${advice}`;
}
