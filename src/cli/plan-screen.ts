import { isDifference, isMove, isWrite, type PlanItem, type PlannedWrite } from '../plan/item.ts';
import { text } from './commands/plan.messages.ts';
import { formatCount, formatMany, formatValue } from './format.ts';
import { hasChanges, type ShownPlan } from './plan-result.ts';
import type { Screen } from './screen.ts';

/** How many records of each part a person is shown at first; --json and --all have them all. */
const shownItems = 12;

/** Prints a plan for a person: what has to be decided first, tiers that go down apart, then the writes. */
export function showPlan(result: ShownPlan, screen: Screen, { all = false }: { all?: boolean } = {}): void {
  const { plan, items } = result;
  const places = plan.connections.map(
    ({ alias, orgKind }) => `${alias} (${(orgKind ?? 'unknown').toUpperCase()})`,
  );
  const compared = plan.connections.reduce((sum, each) => sum + each.compared, 0);
  if (plan.undoes === null) screen.line(text.compared(formatMany(compared, 'record'), places.join(', ')));
  else screen.line(text.undoes(plan.undoes, places.join(', ')));
  screen.line();
  if (!hasChanges(result)) screen.line(text.noChanges);
  if (items.length === 0) return;
  if (hasChanges(result)) screen.line(text.legend);
  screen.line();
  const limit = all ? Number.POSITIVE_INFINITY : shownItems;
  for (const group of groupsOf(items)) {
    for (const item of group.slice(0, limit)) showItem(item, screen);
    if (group.length > limit) screen.line(`  ${text.first(formatCount(limit), formatCount(group.length))}`);
    if (group.length > 0) screen.line();
  }
  showTotals(result, screen);
}

function groupsOf(items: readonly PlanItem[]): PlanItem[][] {
  const isDown = (item: PlanItem) => isWrite(item) && item.tier?.direction === 'down';
  const tests: ((item: PlanItem) => boolean)[] = [
    isDifference,
    (item) => item.kind === 'left',
    (item) => item.kind === 'tier_down',
    (item) => isMove(item) && item.kind !== 'tier_down',
    isDown,
    (item) => item.kind === 'update' && !isDown(item),
    (item) => item.kind === 'create' && !isDown(item),
    (item) => item.kind === 'link' || item.kind === 'unlink',
    (item) => item.kind === 'merge',
    (item) => item.kind === 'invalid',
  ];
  return tests.map((test) => items.filter(test));
}

function showItem(item: PlanItem, screen: Screen): void {
  if (isWrite(item)) showWrite(item, screen);
  else if (isDifference(item)) {
    const { name, crmId, object, label, ours, theirs, theirUser, theirAt } = item;
    screen.line(`! ${name ?? crmId}   ${object} ${crmId}`);
    const who = `${theirUser ?? 'somebody'}${theirAt === null ? '' : ` on ${screen.instant(theirAt)}`}`;
    screen.line(`    ${label}   ours ${formatValue(ours)}; ${who} set ${formatValue(theirs)}`, 6);
    screen.line(`    ${text.leftAlone}`, 6);
  } else if (isMove(item)) {
    const { partner, partnerId, ladder, from, to, summary, waits } = item;
    const note = waits ? `   ${text.waits}` : '';
    screen.line(`> ${partner ?? partnerId}   ${ladder}: ${formatValue(from)} -> ${formatValue(to)}${note}`);
    screen.line(`    ${summary}`, 4);
  } else if (item.kind === 'merge') {
    screen.line(
      `? ${item.records.map(({ name, recordId }) => name ?? recordId).join(' and ')}: ${item.why}`,
      2,
    );
  } else if (item.kind === 'left') {
    const { name, crmId, label, attribute, wrote, holds, theirUser, theirAt, why } = item;
    const who =
      theirUser === null
        ? ''
        : `, by ${theirUser}${theirAt === null ? '' : ` on ${screen.instant(theirAt)}`}`;
    screen.line(`! ${name ?? crmId}   ${label ?? attribute ?? item.object}: ${why}${who}`, 4);
    if (attribute !== null)
      screen.line(`    ${text.wroteAndHolds(formatValue(wrote), formatValue(holds))}`, 6);
  } else if (item.kind === 'invalid') {
    const { name, crmId, recordId, object, field, message, code } = item;
    screen.line(`x ${name ?? crmId ?? recordId}   ${object}.${field}: ${message} (${code})`, 4);
  } else {
    const { name, crmId, object, state, kind } = item;
    screen.line(`. ${kind} ${name ?? crmId}   ${object} ${crmId}${kind === 'link' ? '' : `   ${state}`}`, 4);
  }
}

function showWrite(item: PlannedWrite, screen: Screen): void {
  const { kind, name, crmId, recordId, object, tier, changes } = item;
  const note = tier?.direction === 'down' ? `   ${text.tierDown}` : '';
  screen.line(
    `${kind === 'create' ? '+' : '~'} ${name ?? crmId ?? recordId}   ${object}${crmId === null ? '' : ` ${crmId}`}${note}`,
  );
  for (const { label, before, after, moment } of changes) {
    const to = moment ? text.atWriting : formatValue(after);
    screen.line(`    ${label}   ${kind === 'create' ? to : `${formatValue(before)} -> ${to}`}`, 6);
  }
}

function showTotals({ counts, plan }: ShownPlan, screen: Screen): void {
  const parts = [
    counts.create > 0 ? `${formatCount(counts.create)} to create` : '',
    counts.update > 0 ? `${formatCount(counts.update)} to update` : '',
    counts.left > 0 ? text.leftCount(formatCount(counts.left)) : '',
    counts.conflicts > 0 ? formatMany(counts.conflicts, 'conflict') : '',
    counts.links > 0 ? `${formatCount(counts.links)} to link` : '',
    counts.unlinks > 0 ? `${formatCount(counts.unlinks)} to unlink` : '',
    counts.merges > 0 ? `${formatCount(counts.merges)} that may be one` : '',
    counts.invalid > 0 ? `${formatCount(counts.invalid)} invalid` : '',
    `${formatCount(counts.unchanged)} unchanged`,
  ];
  screen.line(text.total(parts.filter((part) => part !== '')));
  const moves = counts.tierUp + counts.tierDown;
  if (moves > 0) screen.line(text.tiers(counts.tierUp, counts.tierDown, counts.waiting));
  if (counts.calls > 0) screen.line(text.cost(formatMany(counts.calls, 'API call')));
  if (plan.connections.some(({ writeBack }) => writeBack) && counts.create + counts.update > 0)
    screen.line(text.writeBackIsOn);
}
