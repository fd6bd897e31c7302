import { childOf, type Element, textOf } from '../../../simulation/xml-read.ts';
import type { Org } from '../org.ts';
import { withholdNew } from '../record-type-lists.ts';
import type { FieldMeta } from '../types.ts';
import { fieldOf, picklistOf } from './field.ts';
import { requireValidField } from './field-rules.ts';
import { keepFile, noteDeployed } from './kept-files.ts';
import { deployLayout } from './layout.ts';
import { objectOf, sharingOf } from './object.ts';
import { applyPermissionSet, permissionSetProblems, readPermissionSet } from './permission-set.ts';
import { deployRecordType } from './record-type.ts';
import { deployStandardValues } from './standard-value-sets.ts';
import { valueSetsOf } from './value-sets.ts';

/** One component of a deployment, as its file has it. */
export interface Component {
  path: string;
  /** Kind of metadata, from the suffix: object, field, permissionset, ... */
  kind: string;
  name: string;
  /** The object whose folder the file lies in. */
  object: string;
  xml: Element;
}

/** What stands against a component; each text names the problem as the platform does. */
export class ComponentProblem extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.name = 'ComponentProblem';
    this.problems = problems;
  }
}

export function ofKind(components: readonly Component[], kind: string): Component[] {
  return components.filter((component) => component.kind === kind);
}

function nextPrefix(org: Org): string {
  const used = new Set(org.schema.objects().map((object) => object.keyPrefix));
  for (let number = 2; number < 36 ** 2; number += 1) {
    const prefix = `a${number.toString(36).toUpperCase().padStart(2, '0')}`;
    if (!used.has(prefix)) return prefix;
  }
  throw new Error('The org has no key prefix left');
}

function masterOf(all: readonly Component[], object: string): string | undefined {
  const master = ofKind(all, 'field').find(
    (file) => file.object === object && textOf(file.xml, 'type') === 'MasterDetail',
  );
  return master && textOf(master.xml, 'fullName');
}

function deployObject(org: Org, all: readonly Component[], file: Component): void {
  const known = org.schema.object(file.name);
  if (!file.name.endsWith('__c')) {
    if (known === undefined)
      throw new Error(`Entity of type 'CustomObject' named '${file.name}' cannot be found`);
    return;
  }
  const master = masterOf(all, file.name);
  if (known === undefined) {
    requireWhole(file.xml);
    const meta = objectOf(file.xml, {
      name: file.name,
      keyPrefix: nextPrefix(org),
      isDetail: master !== undefined,
    });
    org.schema.put(meta, { sharing: sharingOf(file.xml, master), permissions: 'own', setup: false });
  }
}

/** What a new object has to say of itself. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customobject.htm */
function requireWhole(file: Element): void {
  const lacking = ['label', 'pluralLabel', 'nameField', 'deploymentStatus', 'sharingModel'].find(
    (name) => childOf(file, name) === undefined && textOf(file, name) === undefined,
  );
  if (lacking !== undefined) throw new Error(`Must specify a non-empty ${lacking} for the CustomObject`);
}

function checkField(org: Org, file: Component, field: FieldMeta): void {
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
}

function deployField(org: Org, file: Component): void {
  const sets = valueSetsOf(org);
  const field = fieldOf(file.xml, sets.values);
  requireValidField(file.xml);
  checkField(org, file, field);
  const there = org.schema.object(file.object);
  const before = (there && org.schema.field(there, field.name))?.picklistValues ?? [];
  withholdNew(org.state, file.object, { field: field.name, before, values: field.picklistValues });
  org.schema.putField(file.object, field);
  sets.follow(`${file.object}.${field.name}`, setNameOf(file.xml));
  keepFile(org, `CustomField ${file.object}.${field.name}`, file.xml);
  const object = org.schema.object(file.object);
  if (object !== undefined) org.state.table(object).reindex();
}

function setNameOf(field: Element): string | undefined {
  const valueSet = childOf(field, 'valueSet');
  return valueSet && textOf(valueSet, 'valueSetName');
}

function deployPermissionSet(org: Org, file: Component): void {
  const source = readPermissionSet(file.name, file.xml);
  const problems = permissionSetProblems(org, source);
  if (problems.length > 0) throw new ComponentProblem(problems);
  applyPermissionSet(org, source);
  keepFile(org, `PermissionSet ${file.name}`, file.xml);
}

function deployValueSet(org: Org, file: Component): void {
  valueSetsOf(org).put(file.name, picklistOf(file.xml, 'customValue'));
  keepFile(org, `GlobalValueSet ${file.name}`, file.xml);
}

type Step = (org: Org, file: Component, all: readonly Component[]) => void;

/** What the simulator deploys, in the order in which it does. */
const steps: Readonly<Record<string, Step>> = {
  globalValueSet: deployValueSet,
  object: (org, file, all) => deployObject(org, all, file),
  field: deployField,
  standardValueSet: (org, file) => deployStandardValues(org, file.name, file.xml),
  recordType: deployRecordType,
  permissionset: deployPermissionSet,
  workflow: (org, file) => keepFile(org, `Workflow ${file.name}`, file.xml),
  layout: (org, file) => deployLayout(org, file.name, file.xml),
};

export const deployedKinds = Object.keys(steps);

/** Deploys one of several components. Throws an error, or ComponentProblem for several at once, with nothing of it kept. */
export function deployComponent(org: Org, file: Component, all: readonly Component[]): void {
  steps[file.kind]?.(org, file, all);
  noteDeployed(org, `${file.kind} ${fullNameOf(file)}`);
}

/** The name that the platform has for it: that of a field with its object before it. */
export function fullNameOf({ object, kind, name, xml }: Component): string {
  if (kind !== 'field' && kind !== 'recordType') return name;
  return `${object}.${textOf(xml, 'fullName') ?? name}`;
}
