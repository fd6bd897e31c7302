import { writeXml } from '../../simulation/xml-write.ts';
import { guidOf } from './ids.ts';
import type { Org } from './org.ts';
import type { State } from './state.ts';
import type { Row, Table } from './types.ts';

/**
 * Forms as they were saved and not published yet. Reading a form tells what is published; publishing its table publishes the form.
 * https://learn.microsoft.com/power-apps/developer/model-driven-apps/publish-customizations
 */

const drafts = new WeakMap<State, Map<string, string>>();

/** What was saved last, by the id of its form. */
export function draftsOf(state: State): Map<string, string> {
  const known = drafts.get(state) ?? new Map<string, string>();
  drafts.set(state, known);
  return known;
}

/** The row of a form as it was saved last. */
export function unpublished(state: State, form: Row): Row {
  const saved = draftsOf(state).get(String(form.formid));
  return saved === undefined ? form : { ...form, formxml: saved };
}

/**
 * Gives a new table the main form that each has from the beginning, with the column that names its rows and with their owner. No
 * page of the documentation says what it is called; makers find it as Information.
 */
export function addMainForm(org: Org, { logicalName, primaryName, columns }: Table): void {
  const idOf = (part: string) => `{${guidOf(`form ${logicalName} ${part}`)}}`;
  const shown = [primaryName ?? '', 'ownerid'].filter((name) => columns.has(name));
  const row = shown.map((name) => ({
    cell: { $: { id: idOf(name) }, control: { $: { id: name, datafieldname: name } } },
  }));
  const section = { $: { name: 'general_section', id: idOf('section') }, rows: { row } };
  const column = { $: { width: '100%' }, sections: { section } };
  const tab = { $: { name: 'general', id: idOf('tab') }, columns: { column } };
  const formxml = writeXml('form', { tabs: { tab } });
  org.load('systemform', [{ name: 'Information', objecttypecode: logicalName, type: 2, formxml }]);
}

/** Shows the forms of a table as they were saved last. */
export function publishForms(state: State, { logicalName }: Table): void {
  const forms = state.schema.table('systemform');
  if (forms === undefined) return;
  for (const form of [...state.rows(forms).all.values()]) {
    if (form.objecttypecode !== logicalName) continue;
    const shown = unpublished(state, form);
    if (shown !== form) state.put(forms, shown);
    draftsOf(state).delete(String(form.formid));
  }
}
