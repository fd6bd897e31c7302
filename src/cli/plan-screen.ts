import { goesDown } from '../plan/chosen.ts';
import {
  isDifference,
  isMove,
  isWrite,
  type PlanItem,
  type PlannedChange,
  type PlannedDifference,
  type PlannedInvalid,
  type PlannedLeft,
  type PlannedLink,
  type PlannedMerge,
  type PlannedMove,
  type PlannedWrite,
} from '../plan/item.ts';
import { text } from './commands/plan/plan.messages.ts';
import { formatCount, formatMany } from './format.ts';
import { hasChanges, type ShownPlan } from './plan-result.ts';
import { fold, type PlanGroup, type PlanSection, sectionsOf } from './plan-sections.ts';
import {
  afterWords,
  entityCount,
  movementOf,
  type PartnerNames,
  partnerNames,
  planValue,
  whoChanged,
} from './plan-value.ts';
import type { Screen } from './screen.ts';
import { textWidth } from './text-layout.ts';

/** How much of each section a person is shown at first, in partners or in items of a section without; --json and --all have all. */
const shownAtFirst = 12;

interface Showing {
  screen: Screen;
  /** Every record, with its address. */
  all: boolean;
  /** Reasons that were given already, of the partner that is shown: its records come from one decision. */
  said: Set<string>;
  /** Indentation of what belongs to the record above. */
  under: string;
  names: PartnerNames;
}

/** Prints a plan for a person: what has to be decided first, tiers that go down apart, then partner by partner. */
export function showPlan(result: ShownPlan, screen: Screen, { all = false }: { all?: boolean } = {}): void {
  showHead(result, screen);
  const whole = sectionsOf({ head: result.plan, items: result.items });
  const { sections, folded } = all ? { sections: whole, folded: [] } : fold(whole);
  const names = partnerNames(result.plan);
  for (const section of sections) showSection(section, { screen, all, names, said: new Set(), under: '' });
  for (const { object, entity, count, left } of folded)
    screen.line(text.folded(object, entityCount(count, entity), left), 4);
  if (folded.length > 0) screen.line();
  if (result.items.length > 0) showTotals(result, screen);
}

function showHead(result: ShownPlan, screen: Screen): void {
  const { plan } = result;
  const places = plan.connections.map(
    ({ alias, orgKind }) => `${alias} (${(orgKind ?? 'unknown').toUpperCase()})`,
  );
  const compared = plan.connections.reduce((sum, each) => sum + each.compared, 0);
  if (plan.kind === 'fix' && plan.undoes === null) screen.line(text.fixes(places.join(', ')));
  else if (plan.undoes === null)
    screen.line(text.compared(formatMany(compared, 'record'), places.join(', ')));
  else screen.line(text.undoes(plan.undoes, places.join(', ')));
  for (const { alias, loads } of plan.connections) {
    const parts = loads.map(({ object, entity, records }) => `${entityCount(records, entity)} (${object})`);
    if (parts.length > 0) screen.line(text.firstLoad(alias, parts.join(', ')), 2);
  }
  screen.line();
  if (!hasChanges(result)) screen.line(text.noChanges);
  else if (result.items.length > 0) screen.line(text.legend, 2);
  screen.line();
}

function showSection({ name, groups }: PlanSection, showing: Showing): void {
  const { screen, all } = showing;
  const limit = all ? Number.POSITIVE_INFINITY : shownAtFirst;
  const isByPartner = groups.some(({ partner }) => partner !== null);
  screen.line(screen.tone('strong', text.sections[name]));
  const shown = isByPartner
    ? groups.slice(0, limit)
    : groups.map(({ partner, items }) => ({ partner, items: items.slice(0, limit) }));
  for (const group of shown) showGroup(group, showing);
  const total = isByPartner ? groups.length : groups.reduce((sum, { items }) => sum + items.length, 0);
  if (total > limit) {
    const what = isByPartner ? text.partners(formatCount(total)) : formatCount(total);
    screen.line(`  ${text.first(formatCount(limit), what)}`, 2);
  }
  screen.line();
}

/** The partner's own record stands for it; where that is not in the plan, its name does. */
function showGroup({ partner, items }: PlanGroup, showing: Showing): void {
  const isOwn = (item: PlanItem) => isWrite(item) && item.entity === 'partner';
  if (partner !== null && !items.some(isOwn)) showing.screen.line(`  ${partner.name}`);
  const own = items.filter(isOwn);
  showing.said.clear();
  for (const item of own) showItem(item, showing);
  const under = partner === null ? '' : '  ';
  for (const item of items.filter((each) => !isOwn(each))) showItem(item, { ...showing, under });
}

function showItem(item: PlanItem, showing: Showing): void {
  if (isWrite(item)) showWrite(item, showing);
  else if (isDifference(item)) showDifference(item, showing);
  else if (isMove(item)) showMove(item, showing);
  else if (item.kind === 'merge') showMerge(item, showing);
  else if (item.kind === 'left') showLeft(item, showing);
  else if (item.kind === 'invalid') showInvalid(item, showing);
  else showLink(item, showing);
}

function showWrite(item: PlannedWrite, showing: Showing): void {
  const { screen, under } = showing;
  const { kind, name, crmId, recordId, object, changes, tier } = item;
  const mark = kind === 'create' ? '+' : '~';
  const place = `${object}${crmId === null ? '' : ` ${crmId}`}`;
  const notes = [goesDown(item) ? text.tierDown : '', afterWords(item)];
  showTitle([`${under}${mark} ${name ?? crmId ?? recordId}`, place, ...notes], screen);
  showAddress(item.url, showing);
  const widest = Math.max(...changes.map(({ label }) => textWidth(label)));
  for (const change of changes) {
    const gap = ' '.repeat(widest - textWidth(change.label));
    screen.line(
      `${under}    ${change.label}${gap}   ${changeWords(item, change, showing)}`,
      under.length + 6,
    );
  }
  sayWhy(tier?.summary ?? '', showing);
}

function sayWhy(why: string, { screen, said, under }: Showing): void {
  if (why !== '' && !said.has(why)) screen.line(`${under}    ${why}`, 6);
  said.add(why);
}

function changeWords(
  { kind, entity }: PlannedWrite,
  { attribute, before, after, moment, choice, override }: PlannedChange,
  { screen, names }: Showing,
): string {
  const value = (each: unknown) => planValue(each, { entity, attribute, instant: screen.instant, names });
  const to = moment ? text.atWriting : value(after);
  const words = kind === 'create' ? to : `${value(before)} -> ${to}`;
  return choice === 'ours' ? words : `${words}   ${chosenWords(choice, override)}`;
}

function chosenWords(choice: PlannedChange['choice'], override: PlannedChange['override']): string {
  return `${text.chosen[choice]}${override === undefined ? '' : ` ${text.until(override.until, override.reason)}`}`;
}

function showTitle(parts: readonly string[], screen: Screen): void {
  screen.line(parts.filter((part) => part !== '').join('   '), 4);
}

function showAddress(url: string | null, { screen, all, under }: Showing): void {
  if (all && url !== null) screen.line(`${under}    ${url}`, 6);
}

function showDifference(item: PlannedDifference, showing: Showing): void {
  const { screen } = showing;
  const { entity, attribute, name, crmId, object, label, ours, theirs, choice, override } = item;
  const value = (each: unknown) =>
    planValue(each, { entity, attribute, instant: screen.instant, names: showing.names });
  showTitle([`! ${name ?? crmId}`, `${object} ${crmId}`], screen);
  showAddress(item.url, showing);
  const who = whoWords(item, screen);
  screen.line(`    ${label}   ${text.disagree(value(ours), who, value(theirs))}`, 6);
  screen.line(`    ${choice === 'skip' ? text.leftAlone : chosenWords(choice, override)}`, 6);
}

function whoWords(item: PlannedDifference | PlannedLeft, screen: Screen): string {
  const { theirAt } = item;
  return `${whoChanged(item) ?? text.somebody}${theirAt === null ? '' : ` on ${screen.instant(theirAt)}`}`;
}

function showMove(item: PlannedMove, showing: Showing): void {
  const { screen } = showing;
  const { ladder, summary, waits } = item;
  screen.line(`  > ${ladder}: ${movementOf(item)}${waits ? `   ${text.waits}` : ''}`, 4);
  sayWhy(summary, showing);
}

function showMerge({ records, why }: PlannedMerge, { screen }: Showing): void {
  const named = records.map(({ name, recordId, crmIds }) => [name ?? recordId, ...crmIds].join(' '));
  screen.line(`? ${named.join(' and ')}: ${why}`, 4);
}

function showLeft(item: PlannedLeft, showing: Showing): void {
  const { screen } = showing;
  const { entity, name, crmId, label, attribute, wrote, holds, theirUser, why } = item;
  const value = (each: unknown) =>
    planValue(each, { entity, attribute, instant: screen.instant, names: showing.names });
  const who = theirUser === null ? '' : `, by ${whoWords(item, screen)}`;
  screen.line(`! ${name ?? crmId}   ${label ?? attribute ?? item.object}: ${why}${who}`, 4);
  showAddress(item.url, showing);
  if (attribute !== null) screen.line(`    ${text.wroteAndHolds(value(wrote), value(holds))}`, 6);
}

function showInvalid(item: PlannedInvalid, showing: Showing): void {
  const { screen } = showing;
  const { name, crmId, recordId, object, field, message, code, owner } = item;
  screen.line(`x ${name ?? crmId ?? recordId}   ${object}.${field}: ${message} (${code}; ${owner})`, 4);
  showAddress(item.url, showing);
}

function showLink(item: PlannedLink, showing: Showing): void {
  const { screen } = showing;
  const { name, crmId, object, state, kind } = item;
  screen.line(`. ${kind} ${name ?? crmId}   ${object} ${crmId}${kind === 'link' ? '' : `   ${state}`}`, 4);
  showAddress(item.url, showing);
}

/** What a plan comes to, in sentences. */
export function totalsOf({ counts, plan }: ShownPlan): string[] {
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
  const moves = counts.tierUp + counts.tierDown;
  const isOn = plan.connections.some(({ writeBack }) => writeBack) && counts.create + counts.update > 0;
  return [
    text.total(parts.filter((part) => part !== '')),
    moves > 0 ? text.tiers(counts.tierUp, counts.tierDown, counts.waiting) : '',
    counts.calls > 0 ? text.cost(formatMany(counts.calls, 'API call')) : '',
    isOn ? text.writeBackIsOn : '',
  ].filter((line) => line !== '');
}

function showTotals(result: ShownPlan, screen: Screen): void {
  for (const line of totalsOf(result)) screen.line(line);
}
