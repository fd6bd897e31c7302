import { type Element, readXmlDocument } from '../../../simulation/xml-read.ts';
import { type ApiRequest, noContent, ok, type Route } from '../api.ts';
import { requireAccess, updateRow } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { draftsOf, unpublished } from '../forms.ts';
import { componentTypes, customized } from '../packages.ts';
import type { Row } from '../types.ts';
import { addressedRow, callOf, requireBody, rowAnswer } from './rows.ts';

/**
 * Forms of tables, which are rows with a version that is published and one that was saved.
 * https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/systemform
 */

const isForm = ({ segments }: ApiRequest, count: number): boolean =>
  segments.length === count && segments[0]!.name === 'systemforms' && segments[0]!.arguments !== null;

const update: Route = {
  name: 'update form',
  fits: (request) => request.method === 'PATCH' && isForm(request, 1),
  answer: (request) => {
    const forms = request.org.table('systemform');
    const form = addressedRow(request, forms);
    const call = callOf(request, forms);
    requireAccess(call, 'Write', form);
    const { formxml, ...others } = requireBody(request, forms);
    if (formxml !== undefined) checkForm(request, form, formxml);
    return customized(request, componentTypes.form, {
      make: () => {
        if (Object.keys(others).length > 0) updateRow(call, form, others);
        if (formxml !== undefined) draftsOf(request.org.state).set(String(form.formid), String(formxml));
        return noContent({ 'OData-EntityId': `${request.root}/systemforms(${form.formid})` });
      },
      idOf: () => String(form.formid),
    });
  },
};

/** Ids of what is in a form are its own, and a control of a column is one of the table's. */
function checkForm({ org }: ApiRequest, form: Row, text: unknown): void {
  try {
    const { root, element } = readXmlDocument(String(text));
    if (root !== 'form') throw new Error('its root is not form');
    checkPlaces(element, root);
  } catch (error) {
    throw refusals.invalidArgument(`The form XML is not valid: ${(error as Error).message.split('\n')[0]}`);
  }
  const valuesOf = (pattern: RegExp) => [...String(text).matchAll(pattern)].map(([, value = '']) => value);
  const ids = valuesOf(/<(?:tab|section|cell)\s[^>]*?\bid="([^"]*)"/g);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw refusals.invalidArgument(`The form XML has the id ${twice} twice.`);
  const table = org.schema.table(String(form.objecttypecode));
  const unknown = valuesOf(/\bdatafieldname="([^"]*)"/g).find((name) => table?.columns.has(name) !== true);
  if (unknown !== undefined) throw refusals.noMetadata(unknown);
}

/** In what each element stands. https://learn.microsoft.com/power-apps/developer/model-driven-apps/form-xml-schema */
const placeOf: Readonly<Record<string, string>> = {
  tab: 'tabs',
  column: 'columns',
  section: 'sections',
  row: 'rows',
  cell: 'row',
  control: 'cell',
};

function checkPlaces(inside: Element, parent: string): void {
  for (const [name, all] of Object.entries(inside)) {
    const place = placeOf[name];
    if (place !== undefined && place !== parent) throw new Error(`${name} stands in ${parent}`);
    for (const each of all) if (typeof each === 'object') checkPlaces(each, name);
  }
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveunpublished */
const retrieveUnpublished: Route = {
  name: 'retrieve unpublished form',
  fits: (request) =>
    request.method === 'GET' &&
    isForm(request, 2) &&
    request.segments[1]!.name === 'Microsoft.Dynamics.CRM.RetrieveUnpublished',
  answer: (request) => {
    const forms = request.org.table('systemform');
    const form = addressedRow(request, forms);
    requireAccess(callOf(request, forms), 'Read', form);
    return ok(rowAnswer(request, forms, unpublished(request.org.state, form)));
  },
};

export const formRoutes: readonly Route[] = [update, retrieveUnpublished];
