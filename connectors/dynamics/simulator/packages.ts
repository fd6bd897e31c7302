import type { ApiRequest } from './api.ts';
import { refusals } from './errors.ts';
import type { Org } from './org.ts';
import type { State } from './state.ts';
import type { Row, Table } from './types.ts';

/**
 * Publishers and solutions, which are rows, and what belongs to a solution. There is always the default one, in which
 * everything is; a request puts what it makes into another one by a header.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-metadata-operations-sample
 */

/** https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/solutioncomponent */
export const componentTypes = {
  table: 1,
  column: 2,
  choice: 9,
  relationship: 10,
  key: 14,
  role: 20,
  form: 60,
} as const;
type ComponentType = (typeof componentTypes)[keyof typeof componentTypes];

/** A prefix has 2 to 8 letters and figures and begins with a letter, but not with mscrm. */
const prefixPattern = /^(?!mscrm)[a-z][a-z0-9]{1,7}$/i;

/** Throws what the platform refuses of the row of a publisher or a solution. */
export function checkPackage(state: State, table: Table, row: Row): void {
  if (table.logicalName !== 'publisher' && table.logicalName !== 'solution') return;
  const isOther = (each: Row) => each[table.primaryId] !== row[table.primaryId];
  const name = String(row.uniquename).toLowerCase();
  const others = [...state.rows(table).all.values()].filter(isOther);
  if (others.some(({ uniquename }) => String(uniquename).toLowerCase() === name))
    throw refusals.duplicateId();
  if (!/^[a-z]\w*$/i.test(name)) throw refusals.invalidArgument(`The uniquename '${name}' is not valid.`);
  if (table.logicalName === 'publisher' && !prefixPattern.test(String(row.customizationprefix)))
    throw refusals.invalidArgument(`The customizationprefix '${row.customizationprefix}' is not valid.`);
}

interface NamedSolution {
  id: string;
  prefix: string;
}

/** The solution that a request names; null where it names none. Throws 404 for one that does not exist. */
function solutionOf({ org, headers }: Pick<ApiRequest, 'org' | 'headers'>): NamedSolution | null {
  const name = headers['mscrm.solutionuniquename'];
  if (name === undefined) return null;
  const found = org.dump('solution').find((row) => row.uniquename === name);
  if (found === undefined) throw refusals.notFound(org.table('solution'), name);
  const publisher = org.get('publisher', String(found.publisherid));
  return { id: String(found.solutionid), prefix: String(publisher?.customizationprefix) };
}

/** Makes something. Where the request names a solution, its name has to have the prefix, and it becomes a part of it. */
export function customized<T>(
  request: ApiRequest,
  type: ComponentType,
  { make, idOf }: { make: () => T; idOf: (made: T) => string },
): T {
  const solution = solutionOf(request);
  const { SchemaName: name } = (request.body ?? {}) as { SchemaName?: unknown };
  const isNamed = solution !== null && typeof name === 'string';
  if (isNamed && !name.toLowerCase().startsWith(`${solution.prefix.toLowerCase()}_`))
    throw refusals.invalidArgument(
      `The name ${name} does not start with the customization prefix '${solution.prefix}' of the publisher.`,
    );
  const made = make();
  if (solution !== null)
    request.org.load('solutioncomponent', [
      { componenttype: type, objectid: idOf(made), solutionid: solution.id },
    ]);
  return made;
}

/** What a deployed solution brings of itself; one that is there gets its version. */
export function putPackage(
  org: Org,
  of: { solution: string; version: string; publisher: string; prefix: string; optionValuePrefix: number },
): void {
  const named = (table: string, name: string) =>
    org.dump(table).find(({ uniquename }) => String(uniquename).toLowerCase() === name.toLowerCase());
  const publisherid = String(
    named('publisher', of.publisher)?.publisherid ??
      org.load('publisher', [
        {
          uniquename: of.publisher,
          friendlyname: of.publisher,
          customizationprefix: of.prefix,
          customizationoptionvalueprefix: of.optionValuePrefix,
        },
      ])[0],
  );
  const solution = named('solution', of.solution);
  if (solution !== undefined) org.set('solution', String(solution.solutionid), { version: of.version });
  else
    org.load('solution', [
      { uniquename: of.solution, friendlyname: of.solution, version: of.version, publisherid },
    ]);
}
