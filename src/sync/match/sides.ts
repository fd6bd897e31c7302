import { type Matching, matchedEntities } from '../../model/match-keys.ts';
import { filesAlias } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';

/** SQL for whether files have brought in companies, which CRMs may have too. */
export const fileCompaniesSql = `exists (select from tierlink.link
  where connection = '${filesAlias}' and entity in (${matchedEntities.map((entity) => `'${entity}'`).join(', ')}))`;

/** Whether files have brought in companies. Once they have, this stays so: an import deletes nothing. */
export async function hasFileCompanies(executor: Executor): Promise<boolean> {
  const [row] = await executor.query<{ has: boolean }>(`select ${fileCompaniesSql} as has`);
  return row?.has === true;
}

/** Whether several connections are matched with one another. */
export function hasSeveral(matching: Matching | null | undefined): boolean {
  return (matching?.connections.filter((alias) => alias !== filesAlias).length ?? 0) > 1;
}

/** Whether there are two sides to match: several connections, or one and companies that files brought in. */
export async function hasSides(executor: Executor, matching: Matching | null | undefined): Promise<boolean> {
  return hasSeveral(matching) || (!!matching && (await hasFileCompanies(executor)));
}
