import type { AuditChange, AuditLine } from '../app/audit-entries.ts';
import { entities } from '../model/entities.ts';
import { text } from './commands/audit/audit.messages.ts';
import { formatCount, formatValue } from './format.ts';

/** What the record of an entry is. */
export function recordType({ entity }: Pick<AuditLine, 'entity'>): string {
  const known = Object.entries(entities).find(([name]) => name === entity);
  return known?.[1].label ?? text.list.types[entity] ?? entity;
}

export function recordText(entry: Pick<AuditLine, 'entity' | 'name' | 'crmId' | 'recordId'>): string {
  return `${recordType(entry)} ${entry.name ?? entry.crmId ?? entry.recordId}`;
}

export function actionText(action: string): string {
  return text.list.actions[action] ?? action;
}

export function actorText(actor: string): string {
  return text.list.people[actor] ?? actor;
}

/** Changes that a line of the list tells; a file has all. */
const toldChanges = 3;

export function changesText(changes: readonly AuditChange[]): string {
  const told = changes
    .slice(0, toldChanges)
    .map((change) =>
      text.list.change(
        change.label,
        change.beforeName ?? formatValue(change.before),
        change.afterName ?? formatValue(change.after),
      ),
    );
  const left = changes.length - told.length;
  return [...told, ...(left === 0 ? [] : [text.list.moreChanges(formatCount(left))])].join('; ');
}
