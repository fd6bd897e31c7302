import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { SimulatorInputError } from '../../../../src/sync/connector-manifest.ts';
import { type Element, parseXml } from '../../../simulation/xml-read.ts';
import { assignPermissionSet } from '../grants.ts';
import type { Org } from '../org.ts';
import { recordTypeListsOf } from '../record-type-lists.ts';
import {
  type Component,
  ComponentProblem,
  deployComponent,
  deployedKinds,
  fullNameOf,
  ofKind,
} from './components.ts';

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

function readXml(folder: string, path: string): Element {
  try {
    return parseXml(readFileSync(join(folder, path), 'utf8'));
  } catch (error) {
    throw new DeployProblem([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function readSource(folder: string): Component[] {
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

/** Deploys all of a kind; the problems of all of them are thrown together. Answers their names. */
function deployKind(org: Org, all: readonly Component[], kind: string): string[] {
  const problems: string[] = [];
  const names: string[] = [];
  for (const file of ofKind(all, kind)) {
    try {
      deployComponent(org, file, all);
      names.push(fullNameOf(file));
    } catch (error) {
      const texts =
        error instanceof ComponentProblem
          ? error.problems
          : [error instanceof Error ? error.message : String(error)];
      problems.push(...texts.map((text) => `${file.path}: ${text}`));
    }
  }
  if (problems.length > 0) throw new DeployProblem(problems);
  return names;
}

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
  const names = new Map(deployedKinds.map((kind) => [kind, deployKind(org, files, kind)]));
  const [objects = [], fields = [], recordTypes = [], permissionSets = []] = [
    'object',
    'field',
    'recordType',
    'permissionset',
  ].map((kind) => names.get(kind));
  // An administrator puts new values into the lists of the record types, which no file of ours brings.
  recordTypeListsOf(org.state).offerAll();
  for (const userId of options.assignTo ?? []) {
    for (const name of permissionSets) assignPermissionSet(org, name, userId);
  }
  const ignored = files.filter(({ kind }) => !deployedKinds.includes(kind)).map(({ path }) => path);
  return {
    ...{ objects, fields, recordTypes, permissionSets, ignored },
    // Objects of the platform's own are only the places of their fields.
    objects: objects.filter((name) => name.endsWith('__c')),
  };
}
