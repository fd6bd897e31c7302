import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { SimulatorInputError } from '../../../../src/sync/connector-manifest.ts';
import { type Element, parseXml, textOf } from '../../../simulation/xml-read.ts';
import { assignPermissionSet } from '../grants.ts';
import type { Org } from '../org.ts';
import type { FieldMeta } from '../types.ts';
import { fieldOf, picklistOf, type ValueSets } from './field.ts';
import { objectOf, sharingOf } from './object.ts';
import { applyPermissionSet, permissionSetProblems, readPermissionSet } from './permission-set.ts';

/** What a deployment brought, by API name. */
export interface Deployed {
  objects: string[];
  fields: string[];
  recordTypes: string[];
  permissionSets: string[];
  /** Files of kinds that the simulator does not know. */
  ignored: string[];
}

/** A deployment that the platform would refuse: each problem names its file. Nothing of a failed step is kept. */
export class DeployProblem extends SimulatorInputError {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The deployment failed:\n${problems.join('\n')}`);
    this.name = 'DeployProblem';
    this.problems = problems;
  }
}

interface SourceFile {
  path: string;
  /** Kind of metadata, from the suffix: object, field, permissionset, ... */
  kind: string;
  name: string;
  /** The object whose folder the file lies in. */
  object: string;
  xml: Element;
}

function readXml(folder: string, path: string): Element {
  try {
    return parseXml(readFileSync(join(folder, path), 'utf8'));
  } catch (error) {
    throw new DeployProblem([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function readSource(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('-meta.xml'))
    .sort()
    .map((path) => {
      const [name = '', kind = ''] = basename(path)
        .replace(/-meta\.xml$/, '')
        .split(/\.(?=[^.]+$)/);
      const object = new RegExp(`objects\\${sep}([^\\${sep}]+)`).exec(path)?.[1] ?? '';
      return { path, kind, name, object, xml: readXml(folder, path) };
    });
}

function ofKind(files: SourceFile[], kind: string): SourceFile[] {
  return files.filter((file) => file.kind === kind);
}

/** Runs a step over its files; the problems of all of them are thrown together. */
function each(files: SourceFile[], step: (file: SourceFile) => string[]): string[] {
  const problems: string[] = [];
  const names: string[] = [];
  for (const file of files) {
    try {
      names.push(...step(file));
    } catch (error) {
      const texts =
        error instanceof DeployProblem
          ? error.problems
          : [error instanceof Error ? error.message : String(error)];
      problems.push(...texts.map((text) => `${file.path}: ${text}`));
    }
  }
  if (problems.length > 0) throw new DeployProblem(problems);
  return names;
}

function nextPrefix(org: Org): string {
  const used = new Set(org.schema.objects().map((object) => object.keyPrefix));
  for (let number = 2; number < 36 ** 2; number += 1) {
    const prefix = `a${number.toString(36).toUpperCase().padStart(2, '0')}`;
    if (!used.has(prefix)) return prefix;
  }
  throw new Error('The org has no key prefix left');
}

function masterOf(files: SourceFile[], object: string): string | undefined {
  const master = ofKind(files, 'field').find(
    (file) => file.object === object && textOf(file.xml, 'type') === 'MasterDetail',
  );
  return master && textOf(master.xml, 'fullName');
}

function deployObject(org: Org, files: SourceFile[], file: SourceFile): string[] {
  const known = org.schema.object(file.name);
  if (!file.name.endsWith('__c')) {
    if (known === undefined)
      throw new Error(`Entity of type 'CustomObject' named '${file.name}' cannot be found`);
    return [];
  }
  const master = masterOf(files, file.name);
  if (known === undefined) {
    const meta = objectOf(file.xml, {
      name: file.name,
      keyPrefix: nextPrefix(org),
      isDetail: master !== undefined,
    });
    org.schema.put(meta, { sharing: sharingOf(file.xml, master), permissions: 'own', setup: false });
  }
  return [file.name];
}

function checkField(org: Org, file: SourceFile, field: FieldMeta): void {
  if (!/^[A-Za-z]\w*__c$/.test(field.name))
    throw new Error(`The name ${field.name} is not that of a custom field`);
  const object = org.schema.object(file.object);
  if (object === undefined)
    throw new Error(`Entity of type 'CustomObject' named '${file.object}' cannot be found`);
  const before = org.schema.field(object, field.name);
  if (before !== undefined && before.type !== field.type) {
    throw new Error(
      `Cannot change the type of ${file.object}.${field.name} from ${before.type} to ${field.type}`,
    );
  }
  for (const target of field.referenceTo) {
    if (org.schema.object(target) === undefined)
      throw new Error(`In field: referenceTo - no CustomObject named ${target} found`);
  }
  if (field.type === 'string' && !field.autoNumber && field.length === 0)
    throw new Error(`Must specify 'length' for a CustomField of type Text`);
}

function deployField(org: Org, valueSets: ValueSets, file: SourceFile): string[] {
  const field = fieldOf(file.xml, valueSets);
  checkField(org, file, field);
  org.schema.putField(file.object, field);
  const object = org.schema.object(file.object);
  if (object !== undefined) org.state.table(object).reindex();
  return [`${file.object}.${field.name}`];
}

function deployRecordType(org: Org, file: SourceFile): string[] {
  const developerName = textOf(file.xml, 'fullName') ?? file.name;
  const known = [...org.rows('RecordType')].some(
    (row) => row.SobjectType === file.object && row.DeveloperName === developerName,
  );
  const Name = textOf(file.xml, 'label') ?? developerName;
  if (!known) {
    const IsActive = textOf(file.xml, 'active') !== 'false';
    org.bulkLoad('RecordType', [{ SobjectType: file.object, DeveloperName: developerName, Name, IsActive }]);
  }
  return [`${file.object}.${developerName}`];
}

const KNOWN = new Set(['object', 'field', 'permissionset', 'recordType', 'globalValueSet']);

/**
 * Deploys a Salesforce DX source folder as an administrator would: objects, fields, record types, permission sets.
 * Nobody but administrators sees a new field before a permission set that grants it is assigned to him
 * (`assignTo`, or `assignPermissionSet`). Throws DeployProblem with what the platform would refuse.
 */
export function deploySource(org: Org, folder: string, options: { assignTo?: string[] } = {}): Deployed {
  const files = readSource(folder);
  if (files.length === 0)
    throw new DeployProblem([
      'no file of it ends in -meta.xml, as those of a Salesforce DX source folder do',
    ]);
  const valueSets: ValueSets = new Map(
    ofKind(files, 'globalValueSet').map((file) => [file.name, picklistOf(file.xml, 'customValue')]),
  );
  const objects = each(ofKind(files, 'object'), (file) => deployObject(org, files, file));
  const fields = each(ofKind(files, 'field'), (file) => deployField(org, valueSets, file));
  const recordTypes = each(ofKind(files, 'recordType'), (file) => deployRecordType(org, file));
  const permissionSets = each(ofKind(files, 'permissionset'), (file) => {
    const source = readPermissionSet(file.name, file.xml);
    const problems = permissionSetProblems(org, source);
    if (problems.length > 0) throw new DeployProblem(problems);
    applyPermissionSet(org, source);
    return [file.name];
  });
  for (const userId of options.assignTo ?? []) {
    for (const name of permissionSets) assignPermissionSet(org, name, userId);
  }
  const ignored = files.filter((file) => !KNOWN.has(file.kind)).map((file) => file.path);
  return { objects, fields, recordTypes, permissionSets, ignored };
}
