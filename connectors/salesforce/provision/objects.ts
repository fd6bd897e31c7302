import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import { type InstalledField, isOurs } from './fields.ts';
import { element } from './xml.ts';

/** Objects of our own: those that a mapping creates records in and whose fields it installs. */
export function ownObjects(request: SourceRequest): string[] {
  const own = request.mappings.filter(
    (mapping) =>
      isOurs(mapping.object) &&
      mapping.create &&
      Object.values(mapping.attributes).some((attribute) => attribute.install !== undefined),
  );
  return [...new Set(own.map((mapping) => mapping.object))];
}

/** What says what an object of ours is, without its fields. */
export function objectElements(object: string, fields: readonly InstalledField[]): string[] {
  const label = object.replace(/__c$/, '').replaceAll('_', ' ');
  const hasDetail = fields.some((field) => field.object === object && field.type === 'MasterDetail');
  const nameField = [
    element('label', 'Number'),
    element('type', 'AutoNumber'),
    element('displayFormat', '{0000000}'),
  ];
  return [
    element('deploymentStatus', 'Deployed'),
    element('description', 'Written by Tierlink.'),
    element('enableReports', 'true'),
    element('label', label),
    `<nameField>${nameField.join('')}</nameField>`,
    element('pluralLabel', `${label}s`),
    element('sharingModel', hasDetail ? 'ControlledByParent' : 'Read'),
  ];
}
