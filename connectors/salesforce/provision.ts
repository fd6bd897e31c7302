import type { SourceFile, SourceRequest } from '../../src/sync/provision.ts';
import { customFields, type InstalledField } from './provision-fields.ts';
import { permissionSet } from './provision-permissions.ts';
import { element, fieldXml, xmlFile } from './provision-xml.ts';

const ROOT = 'force-app/main/default';
/** Every org of late 2026 takes metadata of this version. */
const SOURCE_API_VERSION = '67.0';

/** Name of the permission set that an admin assigns to the integration user. */
export const PERMISSION_SET = 'Tierlink_Integration';

/**
 * A Salesforce DX project with what the mappings need: the fields and objects that they install, the external ids
 * that hold our ids, and a permission set that grants exactly what is read and written.
 */
export function source(request: SourceRequest): SourceFile[] {
  const fields = customFields(request);
  return [
    { path: 'sfdx-project.json', text: `${JSON.stringify(project(), null, 2)}\n` },
    ...objectFiles(request, fields),
    ...fields.map((field) => ({
      path: `${ROOT}/objects/${field.object}/fields/${field.name}.field-meta.xml`,
      text: fieldXml(field),
    })),
    {
      path: `${ROOT}/permissionsets/${PERMISSION_SET}.permissionset-meta.xml`,
      text: permissionSet(request, fields),
    },
  ];
}

function project(): Record<string, unknown> {
  return {
    packageDirectories: [{ path: 'force-app', default: true }],
    namespace: '',
    sfdcLoginUrl: 'https://login.salesforce.com',
    sourceApiVersion: SOURCE_API_VERSION,
  };
}

/** Objects of our own: those that a mapping creates records in and whose fields it installs. */
function ownObjects(request: SourceRequest): string[] {
  const own = request.mappings.filter(
    (mapping) =>
      mapping.object.endsWith('__c') &&
      mapping.create &&
      Object.values(mapping.attributes).some((attribute) => attribute.install !== undefined),
  );
  return [...new Set(own.map((mapping) => mapping.object))];
}

function objectFiles(request: SourceRequest, fields: readonly InstalledField[]): SourceFile[] {
  return ownObjects(request).map((object) => ({
    path: `${ROOT}/objects/${object}/${object}.object-meta.xml`,
    text: objectXml(object, fields),
  }));
}

function objectXml(object: string, fields: readonly InstalledField[]): string {
  const label = object.replace(/__c$/, '').replaceAll('_', ' ');
  const hasDetail = fields.some((field) => field.object === object && field.type === 'MasterDetail');
  const nameField = [
    element('label', 'Number'),
    element('type', 'AutoNumber'),
    element('displayFormat', '{0000000}'),
  ];
  return xmlFile('CustomObject', [
    element('deploymentStatus', 'Deployed'),
    element('description', 'Written by Tierlink.'),
    element('enableReports', 'true'),
    element('label', label),
    `<nameField>${nameField.join('')}</nameField>`,
    element('pluralLabel', `${label}s`),
    element('sharingModel', hasDetail ? 'ControlledByParent' : 'Read'),
  ]);
}
