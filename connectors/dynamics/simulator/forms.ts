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
