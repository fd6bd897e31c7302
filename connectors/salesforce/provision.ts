import type { SourceFile, SourceRequest } from '../../src/sync/mapping/provision.ts';
import { customFields, type InstalledField } from './provision/fields.ts';
import { objectElements, ownObjects } from './provision/objects.ts';
import { PERMISSION_SET, permissionSet } from './provision/permissions.ts';
import { fieldXml, xmlFile } from './provision/xml.ts';

const ROOT = 'force-app/main/default';
/** Every org of late 2026 takes metadata of this version. */
const SOURCE_API_VERSION = '67.0';

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

function objectFiles(request: SourceRequest, fields: readonly InstalledField[]): SourceFile[] {
  return ownObjects(request).map((object) => ({
    path: `${ROOT}/objects/${object}/${object}.object-meta.xml`,
    text: xmlFile('CustomObject', objectElements(object, fields)),
  }));
}
