import { createHash } from 'node:crypto';
import { TierlinkError } from '../../../src/errors.ts';
import { type LackingPart, partId } from '../../../src/sync/installer.ts';
import { writeXml, type XmlOutput } from '../../simulation/xml-write.ts';
import type { Context } from '../context.ts';
import type { InstalledColumn } from '../provision/columns.ts';
import type { FormDetail } from '../provision/parts.ts';
import { language, solutionName } from '../provision/publisher.ts';

/**
 * Main forms. A form is one XML text with all that people have arranged in it; what is added goes between two of its characters,
 * so that the rest stays to the letter.
 * https://learn.microsoft.com/power-apps/developer/model-driven-apps/form-xml-schema
 */

const kind = 'install';

/** Of a tab and a section of ours, by which they are found again. */
const TAB = 'tierlink_partner_program';
const SECTION = `${TAB}_section`;
const title = 'Partner program';

interface Form {
  id: string;
  xml: string;
}

/** The published main forms of a table, or those of them that have the name. Main forms have type 2. */
export async function mainForms({ client }: Context, { table, form }: FormDetail): Promise<Form[]> {
  const named = form === null ? '' : ` and name eq '${form.replaceAll("'", "''")}'`;
  const filter = encodeURIComponent(`objecttypecode eq '${table}' and type eq 2${named}`);
  const { value } = await client.json<{ value: { formid: string; formxml: string | null }[] }>({
    ...{ method: 'GET', path: `systemforms?$select=formid,formxml&$filter=${filter}`, kind },
  });
  return value.map(({ formid, formxml }) => ({ id: formid, xml: formxml ?? '' }));
}

export function shows({ xml }: Form, column: string): boolean {
  return xml.includes(`datafieldname="${column}"`);
}

/**
 * Puts columns on all main forms of the name that do not show them. What people have saved there and not published yet is kept;
 * reading a form tells only what is published. Throws INSTALL_REFUSED where nobody can say where in a form to put them, with none
 * of the forms changed, and where somebody saves one again and again.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveunpublished
 */
export async function showOnForms(context: Context, detail: FormDetail, lacking: LackingPart): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const changes = await changesOf(context, detail, lacking);
    if (await writeUnlessMoved(context, changes)) return;
  }
  const reason = `somebody keeps saving it: it was another one each of ${attempts} times that it was to be written`;
  throw refused(context, lacking, reason);
}

type Change = Form & { was: string };

/** How often forms are read anew that were saved by somebody in the moment before they are written. */
const attempts = 10;

/** Writes the forms one after the other; answers false at the first that is not as it was read. */
async function writeUnlessMoved(context: Context, changes: readonly Change[]): Promise<boolean> {
  for (const { id, xml, was } of changes) {
    // What was saved and not published has no version that a write could name.
    if ((await savedXml(context, id)) !== was) return false;
    await context.client.send({
      ...{ method: 'PATCH', path: `systemforms(${id})`, body: { formxml: xml }, kind },
      ...{ table: 'systemform', repeatable: true },
      headers: { 'MSCRM.SolutionUniqueName': solutionName, 'If-Match': '*' },
    });
  }
  return true;
}

function refused({ host }: Context, { part }: LackingPart, reason: string): TierlinkError {
  return new TierlinkError('INSTALL_REFUSED', { connection: host.connection, part: partId(part), reason });
}

/** The forms that lack columns, as they are saved and as they are to be. Throws INSTALL_REFUSED. */
async function changesOf(context: Context, detail: FormDetail, lackingPart: LackingPart): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { id } of await mainForms(context, detail)) {
    const form = { id, xml: await savedXml(context, id) };
    const lacking = detail.columns.filter(
      ({ name }) => lackingPart.adds.includes(name) && !shows(form, name),
    );
    if (lacking.length === 0) continue;
    const xml = formWith(form, lacking, detail.readOnly);
    if (xml === null)
      throw refused(context, lackingPart, `the form ${id} has no tabs as other main forms have them`);
    changes.push({ id, xml, was: form.xml });
  }
  return changes;
}

async function savedXml({ client }: Context, id: string): Promise<string> {
  const path = `systemforms(${id})/Microsoft.Dynamics.CRM.RetrieveUnpublished()?$select=formxml`;
  const { formxml } = await client.json<{ formxml: string | null }>({ method: 'GET', path, kind });
  return formxml ?? '';
}

/**
 * The form with these columns in a section of ours, wherever people have put that; without one, in a tab at the end. null for a
 * form in which neither has a place. The same at every attempt.
 */
export function formWith(
  form: Form,
  columns: readonly InstalledColumn[],
  readOnly: readonly string[],
): string | null {
  const { xml } = form;
  const rows = columns.map((column) => rowOf(form, column, readOnly));
  const start = xml.search(new RegExp(`<section\\s[^>]*\\bname="${SECTION}"`));
  if (start !== -1) return withRows(xml, { start, rows: writeXml('row', rows) });
  const tab = xml.search(new RegExp(`<tab\\s[^>]*\\bname="${TAB}"`));
  if (tab === -1) return insert(xml, xml.lastIndexOf('</tabs>'), writeXml('tab', tabOf(form, rows)));
  // Our tab, and not our section: people have taken that out.
  return insert(xml, xml.indexOf('</sections>', tab), writeXml('section', sectionOf(form, rows)));
}

/** Puts rows at the end of those of the section that begins there. */
function withRows(xml: string, { start, rows }: { start: number; rows: string }): string | null {
  const end = xml.indexOf('</section>', start);
  const place = xml.lastIndexOf('</rows>', end);
  if (place > start) return insert(xml, place, rows);
  const section = xml.slice(start, end).replace(/<rows\s*\/>/, () => `<rows>${rows}</rows>`);
  return section.includes(rows) ? xml.slice(0, start) + section + xml.slice(end) : null;
}

function insert(text: string, at: number, more: string): string | null {
  return at === -1 ? null : text.slice(0, at) + more + text.slice(at);
}

type Xml = { [name: string]: XmlOutput };

function tabOf(form: Form, rows: XmlOutput[]): Xml {
  return {
    $: { name: TAB, id: idOf(form, 'tab'), IsUserDefined: 1, locklevel: 0, showlabel: true, expanded: true },
    labels: labels(title),
    columns: { column: { $: { width: '100%' }, sections: { section: sectionOf(form, rows) } } },
  };
}

function sectionOf(form: Form, row: XmlOutput[]): Xml {
  return {
    $: {
      ...{ name: SECTION, id: idOf(form, 'section'), showlabel: false, showbar: false },
      ...{ columns: 1, layout: 'varwidth', labelwidth: 115, locklevel: 0, IsUserDefined: 1 },
    },
    labels: labels(title),
    rows: { row },
  };
}

/** Classes of controls. https://learn.microsoft.com/power-apps/developer/model-driven-apps/form-xml-schema (FormXml, control) */
const controls: Readonly<Record<InstalledColumn['kind'], string>> = {
  text: '{4273EDBD-AC1D-40d3-9FB2-095C621B552D}',
  memo: '{E0DECE4B-6FC8-4a8f-A065-082708572369}',
  integer: '{C6D124CA-7EDA-4a60-AEA9-7FB8D318B68F}',
  decimal: '{C3EFE0C3-0EC6-42be-8349-CBD9079DFD8E}',
  money: '{533B9E00-756B-4312-95A0-DC888637AC78}',
  boolean: '{67FAC785-CD58-4f9f-ABB3-4B7DDC6ED5ED}',
  choice: '{3EF39988-22BB-4f0b-BBBE-64B5A3748AEE}',
  lookup: '{270BD3DB-D9AF-4782-9025-509E298DEC0A}',
  date: '{5B773807-9FB2-42db-97C3-7A91EFF8ADFF}',
  dateTime: '{5B773807-9FB2-42db-97C3-7A91EFF8ADFF}',
};

function rowOf(form: Form, { name, label, kind: type }: InstalledColumn, readOnly: readonly string[]): Xml {
  const control = {
    id: name,
    classid: controls[type],
    datafieldname: name,
    disabled: readOnly.includes(name),
  };
  return {
    cell: {
      $: { id: idOf(form, name), showlabel: true, locklevel: 0 },
      labels: labels(label),
      control: { $: control },
    },
  };
}

function labels(description: string): Xml {
  return { label: { $: { description, languagecode: language } } };
}

/** An id that is the same whenever the same form gets the same part. */
function idOf({ id }: Form, part: string): string {
  const digest = createHash('sha256').update(`${id} ${part}`).digest('hex');
  // Version 8: an id by a rule of one's own. https://www.rfc-editor.org/rfc/rfc9562#section-5.8
  const groups = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
  ];
  return `{${[...groups, digest.slice(20, 32)].join('-')}}`;
}
