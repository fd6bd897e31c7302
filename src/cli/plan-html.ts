import { htmlText } from '../model/html-text.ts';
import { isDifference, isMove, isWrite, type PlanItem } from '../plan/item.ts';
import { text } from './commands/plan/plan.messages.ts';
import { htmlDocument, tableHtml } from './page.ts';
import type { ShownPlan } from './plan-result.ts';
import { totalsOf } from './plan-screen.ts';
import { type PlanGroup, type PlanSection, sectionsOf } from './plan-sections.ts';
import {
  afterWords,
  type Instant,
  movementOf,
  type PartnerNames,
  partnerNames,
  planValue,
  whoChanged,
} from './plan-value.ts';

/** All tables of a plan have the same columns, in the same places. */
const style =
  'body{max-width:75rem}h2{margin-top:2rem}h3{margin:1.5rem 0 .25rem}table{table-layout:fixed}th,td{overflow-wrap:anywhere}' +
  'th:nth-child(1){width:9%}th:nth-child(2){width:24%}th:nth-child(3){width:17%}th:nth-child(6){width:24%}' +
  '@media print{body{margin:0;max-width:none;font-size:10pt}nav{display:none}tr,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}}';

/** A whole plan as one HTML page that needs nothing else: no script, no file beside it, no colour to be understood. */
export function planHtml(result: ShownPlan, instant: Instant): string {
  const { plan } = result;
  const title = plan.undoes === null ? text.page.title : text.page.undoTitle(plan.undoes);
  const places = plan.connections.map(
    ({ alias, orgName, orgId, orgKind }) =>
      `${alias}: ${orgName ?? orgId} (${orgKind ?? text.page.unknownKind})`,
  );
  const facts: [string, string][] = [
    [text.page.plan, plan.id],
    [text.page.made, `${instant(plan.madeAt)}, ${plan.madeBy}`],
    [text.page.valid, instant(plan.validUntil)],
    [text.page.connections, places.join('; ')],
    [text.page.program, `${plan.program.name} ${plan.program.version}`],
  ];
  const sections = sectionsOf({ head: plan, items: result.items });
  const body = [
    '<main>',
    `<h1>${htmlText(title)}</h1>`,
    `<ul>${facts.map(([label, value]) => `<li><b>${htmlText(label)}</b>: ${htmlText(value)}</li>`).join('')}</ul>`,
    `<p>${totalsOf(result).map(htmlText).join('<br>')}</p>`,
    contentsHtml(sections),
    ...sections.map((section) => sectionHtml(section, { instant, names: partnerNames(plan) })),
    '</main>',
  ];
  return htmlDocument({ title, style, body });
}

/** How instants and partners are said. */
interface Telling {
  instant: Instant;
  names: PartnerNames;
}

/** The way to each section: a plan can be long. */
function contentsHtml(sections: readonly PlanSection[]): string {
  if (sections.length < 2) return '';
  const links = sections.map(
    ({ name }) => `<li><a href="#${name}">${htmlText(text.sections[name])}</a></li>`,
  );
  return `<nav aria-label="${htmlText(text.page.contents)}"><ul>${links.join('')}</ul></nav>`;
}

function sectionHtml({ name, groups }: PlanSection, telling: Telling): string {
  return [
    `<h2 id="${name}">${htmlText(text.sections[name])}</h2>`,
    ...groups.map((group) => groupHtml(group, telling)),
  ].join('\n');
}

function groupHtml({ partner, items }: PlanGroup, telling: Telling): string {
  const heading = partner === null ? [] : [`<h3>${htmlText(partner.name)}</h3>`];
  const rows = items.flatMap((item) => rowsOf(item, telling)).map(cellsHtml);
  return [...heading, tableHtml(text.page.columns, rows)].join('\n');
}

/** The columns of text.page.columns; the record with its address. */
interface Row {
  kind: string;
  record: { name: string; url: string | null; place: string };
  field?: string;
  before?: string;
  after?: string;
  note?: string;
}

function cellsHtml({ kind, record, field = '', before = '', after = '', note = '' }: Row): string[] {
  const name = htmlText(record.name);
  const link = isAddress(record.url) ? `<a href="${htmlText(record.url)}">${name}</a>` : name;
  const place = record.place === '' ? '' : ` <small>${htmlText(record.place)}</small>`;
  return [htmlText(kind), `${link}${place}`, breakable(field), ...[before, after, note].map(htmlText)];
}

/** Names of fields are long and without a space: they may be broken after an underscore. */
function breakable(field: string): string {
  return htmlText(field).replaceAll('_', '_<wbr>').replaceAll('_<wbr>_<wbr>', '__');
}

/** A plan is input from outside: an address of another kind could do something when it is followed. */
function isAddress(url: string | null): url is string {
  return url !== null && /^https?:\/\//.test(url);
}

function rowsOf(item: PlanItem, telling: Telling): Row[] {
  if (isMove(item)) {
    const record = { name: item.partner ?? item.partnerId, url: null, place: '' };
    const note = `${item.summary}${item.waits ? ` (${text.waits})` : ''}`;
    return [{ kind: text.page.kinds[item.kind], record, field: item.ladder, after: movementOf(item), note }];
  }
  if (item.kind === 'merge') {
    const name = item.records.map(({ name, recordId }) => name ?? recordId).join(' / ');
    const place = item.records.flatMap(({ crmIds }) => crmIds).join(', ');
    return [{ kind: text.page.kinds.merge, record: { name, url: null, place }, note: item.why }];
  }
  const { name, crmId, recordId, object, url } = item;
  const record = {
    name: name ?? crmId ?? recordId,
    url,
    place: crmId === null ? object : `${object} ${crmId}`,
  };
  return fieldsOf(item, telling).map((cells) => ({ kind: text.page.kinds[item.kind], record, ...cells }));
}

type RecordItem = Exclude<PlanItem, { kind: 'merge' | 'tier_up' | 'tier_down' | 'tier' }>;

function fieldsOf(item: RecordItem, telling: Telling): Omit<Row, 'kind' | 'record'>[] {
  const { entity } = item;
  const { instant } = telling;
  const value = (attribute: string, each: unknown) => planValue(each, { entity, attribute, ...telling });
  if (isWrite(item))
    return item.changes.map(({ attribute, label, before, after, moment, choice, override }) => ({
      field: label,
      before: item.kind === 'create' ? '' : value(attribute, before),
      after: moment ? text.atWriting : value(attribute, after),
      note: notesOf(
        item.tier?.direction === 'down' ? text.tierDown : '',
        afterWords(item),
        item.tier?.summary,
        choiceWords(choice, override),
      ),
    }));
  if (isDifference(item)) {
    const { attribute, label, theirs, ours, theirAt, choice, override } = item;
    const who = `${whoChanged(item) ?? text.somebody}${theirAt === null ? '' : `, ${instant(theirAt)}`}`;
    const note = notesOf(text.page.setBy(who), choiceWords(choice, override));
    return [{ field: label, before: value(attribute, theirs), after: value(attribute, ours), note }];
  }
  if (item.kind === 'invalid')
    return [{ field: item.field, note: `${item.message} (${item.code}; ${item.owner})` }];
  if (item.kind === 'left') return [leftCells(item, telling)];
  return [{ after: item.state }];
}

function leftCells(
  item: Extract<PlanItem, { kind: 'left' }>,
  telling: Telling,
): Omit<Row, 'kind' | 'record'> {
  const { entity, attribute, label, wrote, holds, theirAt, why } = item;
  const { instant } = telling;
  const changer = whoChanged(item);
  const value = (each: unknown) => planValue(each, { entity, attribute, ...telling });
  const who =
    changer === null ? '' : text.page.setBy(`${changer}${theirAt === null ? '' : `, ${instant(theirAt)}`}`);
  if (attribute === null) return { note: why };
  const both = text.wroteAndHolds(value(wrote), value(holds));
  return { field: label ?? attribute, before: value(holds), note: notesOf(why, who, both) };
}

function choiceWords(choice: keyof typeof text.chosen, override?: { reason: string; until: string }): string {
  const words = text.chosen[choice];
  return override === undefined ? words : `${words} ${text.until(override.until, override.reason)}`;
}

/** Several notes as one; a sentence among them ends where the next one begins. */
function notesOf(...notes: (string | undefined)[]): string {
  return notes
    .filter((note) => note !== undefined && note !== '')
    .join('; ')
    .replaceAll('.; ', '; ');
}
