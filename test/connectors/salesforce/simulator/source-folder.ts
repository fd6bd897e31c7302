import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"';

/** Writes a Salesforce DX source folder: path below force-app/main/default to the content of its root element. */
export function sourceFolder(files: Record<string, [root: string, content: string]>): string {
  const folder = mkdtempSync(join(tmpdir(), 'source-'));
  for (const [path, [root, content]] of Object.entries(files)) {
    const file = join(folder, 'force-app', 'main', 'default', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${XMLNS}>${content}</${root}>\n`);
  }
  return folder;
}

/** A field file. */
export function field(name: string, type: string, more = ''): [string, string] {
  return [
    'CustomField',
    `<fullName>${name}</fullName><label>${name.replace('__c', '')}</label><type>${type}</type>${more}`,
  ];
}

/** A permission set file: `Account:CRED` with C(reate) R(ead) E(dit) D(elete) V(iew all) M(odify all), fields `Account.X__c:rw`. */
export function permissionSet(objects: string[], fields: string[]): [string, string] {
  const objectXml = objects.map((each) => {
    const [name = '', rights = ''] = each.split(':');
    const flag = (tag: string, letter: string): string => `<${tag}>${rights.includes(letter)}</${tag}>`;
    return `<objectPermissions>${flag('allowCreate', 'C')}${flag('allowDelete', 'D')}${flag('allowEdit', 'E')}${flag('allowRead', 'R')}${flag('modifyAllRecords', 'M')}<object>${name}</object>${flag('viewAllRecords', 'V')}</objectPermissions>`;
  });
  const fieldXml = fields.map((each) => {
    const [name = '', rights = ''] = each.split(':');
    return `<fieldPermissions><editable>${rights.includes('w')}</editable><field>${name}</field><readable>${rights.includes('r')}</readable></fieldPermissions>`;
  });
  return ['PermissionSet', `<label>Sync</label>${objectXml.join('')}${fieldXml.join('')}`];
}
