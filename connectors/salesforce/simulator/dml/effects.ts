import type { Row } from '../types.ts';
import type { Statement } from './statement.ts';

const ASSIGNED = new Set(['Lead', 'Case']);

/**
 * The assignment rules of leads and cases run on every create and update unless the request says otherwise
 * (`Sforce-Auto-Assign`, whose default is TRUE). Whoever gets the record would get a mail: both are logged.
 */
export function assign(statement: Statement, row: Row): void {
  const { state, object, options } = statement;
  if (!ASSIGNED.has(object.name) || options.autoAssign === false) return;
  const rule = state.assignmentRules.get(object.name);
  const ownerId = rule?.assign(row) ?? null;
  const entry = { object: object.name, id: String(row.Id), at: statement.stamp };
  state.sideEffects.push({ ...entry, kind: 'assignment-rule', detail: rule?.id ?? 'no active rule' });
  if (ownerId === null || ownerId === row.OwnerId) return;
  row.OwnerId = ownerId;
  state.sideEffects.push({ ...entry, kind: 'mail', detail: `assigned to ${ownerId}` });
}

function rowsOf(statement: Statement, objectName: string, fieldName: string, value: Row[string]): Row[] {
  const object = statement.state.schema.object(objectName);
  const field = object && statement.state.schema.field(object, fieldName);
  return object && field ? [...statement.state.table(object).where(field, [value])] : [];
}

function nameOf(statement: Statement, objectName: string, id: Row[string] | undefined): string | null {
  const object = statement.state.schema.object(objectName);
  const row = object && statement.state.table(object).get(String(id ?? ''));
  return typeof row?.Name === 'string' ? row.Name : null;
}

/** The account shows its first membership. It is a summary: the account's stamps stay. */
export function refreshMembership(statement: Statement, accountId: Row[string] | undefined): void {
  const account = statement.state.schema.object('Account');
  const row = account && statement.state.table(account).get(String(accountId ?? ''));
  if (account === undefined || row === undefined) return;
  const member = rowsOf(statement, 'ChannelProgramMember', 'PartnerId', String(accountId)).find(
    (each) => each.IsDeleted !== true,
  );
  statement.state.write(account, String(row.Id), {
    ...row,
    ChannelProgramName: nameOf(statement, 'ChannelProgram', member?.ProgramId),
    ChannelProgramLevelName: nameOf(statement, 'ChannelProgramLevel', member?.LevelId),
  });
}

/** An opportunity has one primary partner: a new one takes the mark from the others. */
function onePrimary(statement: Statement, row: Row): void {
  if (row.IsPrimary !== true) return;
  for (const other of rowsOf(statement, 'OpportunityPartner', 'OpportunityId', row.OpportunityId ?? null)) {
    if (other.Id === row.Id || other.IsPrimary !== true) continue;
    statement.state.write(statement.object, String(other.Id), {
      ...other,
      IsPrimary: false,
      SystemModstamp: statement.stamp,
    });
  }
}

/** What saving a row changes elsewhere. */
export function afterSave(statement: Statement, { row, old }: { row: Row; old: Row | null }): void {
  if (statement.object.name === 'ChannelProgramMember') {
    refreshMembership(statement, row.PartnerId);
    if (old !== null && old.PartnerId !== row.PartnerId) refreshMembership(statement, old.PartnerId);
  }
  if (statement.object.name === 'OpportunityPartner') onePrimary(statement, row);
}
