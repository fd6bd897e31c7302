import { LineCounter, parseDocument } from 'yaml';
import { suggestion } from '../../model/closest.ts';
import { readTextFile } from '../../text-file.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { checkAttributeField, checkCreditField } from './check-fields.ts';
import { checkPath, setUpOf } from './check-paths.ts';
import type { Finding, FindingCode } from './finding.ts';
import { type MappingSource, pathText, placeOf } from './mapping.ts';
import { planMapping } from './plan.ts';
import type { ObjectMapping } from './schema.ts';

/** What one check of a mapping against the CRM knows and reports to. */
export interface Check {
  mapping: ObjectMapping;
  mappings: readonly ObjectMapping[];
  description: ObjectDescription;
  /** All objects that are described, by name: where lookups lead. */
  related: ReadonlyMap<string, ObjectDescription>;
  /** Tier names of the program. */
  tiers: readonly string[];
  report(
    level: Finding['level'],
    code: FindingCode,
    what: Pick<Finding, 'message' | 'fix' | 'setUp'> & { path: readonly PropertyKey[] },
  ): void;
}

/**
 * Compares mappings with what the CRM says about its objects as this user sees them. `sources`: where findings point to
 * (Default: the mappings' files). `tiers`: names of the program's tiers, for the choices that hold one. `related`: further objects, to
 * which lookups lead.
 */
export function checkMappings(
  mappings: readonly ObjectMapping[],
  descriptions: readonly ObjectDescription[],
  options: {
    sources?: readonly MappingSource[];
    tiers?: readonly string[];
    related?: readonly ObjectDescription[];
  } = {},
): Finding[] {
  const findings: Finding[] = [];
  const all = [...descriptions, ...(options.related ?? [])];
  const related = new Map(all.map((each) => [each.name, each]));
  for (const mapping of mappings) {
    const source = options.sources?.find((each) => each.file === mapping.file) ?? sourceOf(mapping);
    const report: Check['report'] = (level, code, { path, ...told }) => {
      const place = source === undefined ? {} : placeOf(source, path);
      findings.push({ level, code, file: mapping.file, ...place, path: pathText(path), ...told });
    };
    const description = descriptions.find((each) => each.name === mapping.object);
    const names = descriptions.map((each) => each.name);
    if (description === undefined) reportMissingObject(mapping, names, report);
    else checkObject({ mapping, mappings, description, related, tiers: options.tiers ?? [], report });
  }
  return findings;
}

/** A mapping that came from no file that can be read is checked all the same; its findings have no line. */
function sourceOf(mapping: ObjectMapping): MappingSource | undefined {
  try {
    const lines = new LineCounter();
    const document = parseDocument(readTextFile(mapping.file), { lineCounter: lines });
    return { file: mapping.file, name: mapping.name, document, lines };
  } catch {
    return undefined;
  }
}

function reportMissingObject(
  mapping: ObjectMapping,
  names: readonly string[],
  report: Check['report'],
): void {
  if (mapping.optional) return;
  report('error', 'OBJECT_MISSING', {
    path: ['object'],
    message: `${mapping.object} does not exist, or the user cannot see it${suggestion(mapping.object, names)}`,
    fix: mapping.create
      ? 'Deploy what `tierlink install source` generates, or set "optional: true".'
      : 'Correct the name, give the user access, or set "optional: true".',
    setUp: { object: mapping.object, field: null },
  });
}

function checkTracking({ mapping, description, report }: Check): void {
  if (description.tracksChanges && description.tracksDeletes !== false) return;
  const how = description.tracksChanges
    ? 'they are found by their time of modification, and deletes only because records are missing in number'
    : 'each run reads all of it';
  report('warn', 'OBJECT_NOT_TRACKED', {
    path: ['object'],
    message: `${mapping.object} does not report its changes; ${how}`,
    fix: 'Turn change tracking on for the object, if the CRM offers it, and let the user read every record.',
  });
}

function checkObject(check: Check): void {
  const { mapping, description } = check;
  const specs = Object.entries(mapping.attributes);
  const sends = specs.some(([, spec]) => spec.direction !== 'in');
  if (specs.some(([, spec]) => spec.direction !== 'out')) checkTracking(check);
  if (sends && !description.updateable) reportNotWritable(check, 'updated');
  if (mapping.create && !description.createable) reportNotWritable(check, 'created');
  checkScope(check);
  checkKey(check);
  for (const plan of planMapping(mapping).attributes) {
    if (plan.fields.length > 0) checkAttributeField(check, plan);
  }
  for (const [index, credit] of (mapping.credits ?? []).entries()) checkCreditField(check, credit, index);
  if (mapping.create) checkRequired(check);
}

function reportNotWritable(check: Check, what: string): void {
  check.report('error', 'OBJECT_NOT_WRITABLE', {
    path: ['object'],
    message: `${check.mapping.object} records cannot be ${what} by the integration user`,
    fix: 'Give the integration user the shipped permission set or role, or set every direction to "in".',
    setUp: setUpOf(check, null),
  });
}

function checkScope(check: Check): void {
  const { mapping, description, report } = check;
  const types = description.recordTypes;
  (mapping.scope.recordTypes ?? []).forEach((name, index) => {
    const found = types.find((type) => type.developerName === name);
    if (found?.active === true) return;
    const known = types.map((type) => type.developerName);
    const state = found === undefined ? `does not exist${suggestion(name, known)}` : 'is not active';
    report('error', 'RECORD_TYPE_MISSING', {
      path: ['scope', 'recordTypes', index],
      message: `record type ${name} of ${mapping.object} ${state}`,
      fix: known.length === 0 ? 'Remove "recordTypes".' : `Use one of: ${known.join(', ')}.`,
    });
  });
  for (const field of Object.keys(mapping.scope.where ?? {})) checkFilterField(check, field);
}

function checkFilterField(check: Check, name: string): void {
  const path = ['scope', 'where', name];
  if (name.includes('.')) {
    checkPath(check, { field: name, place: path, level: 'error' });
    return;
  }
  const field = check.description.fields.find((each) => each.name === name);
  if (field === undefined) {
    const names = check.description.fields.map((each) => each.name);
    check.report('error', 'FIELD_MISSING', {
      path,
      message: `${name} does not exist on ${check.mapping.object}, or the user cannot see it${suggestion(name, names)}`,
      fix: 'Correct the name, or give the user access to the field.',
      setUp: setUpOf(check, name),
    });
  } else if (!field.filterable) {
    check.report('error', 'FIELD_NOT_FILTERABLE', {
      path,
      message: `the CRM cannot filter by ${name}`,
      fix: 'Use another field for the scope.',
    });
  }
}

function checkKey(check: Check): void {
  const { mapping, description, report } = check;
  if (mapping.key === undefined) return;
  const field = description.fields.find((each) => each.name === mapping.key);
  const level = mapping.create ? 'error' : 'warn';
  const names = description.fields.map((each) => each.name);
  if (field === undefined) {
    report(level, 'FIELD_MISSING', {
      path: ['key'],
      message: `${mapping.key} does not exist on ${mapping.object}, or the user cannot see it${suggestion(mapping.key, names)}`,
      fix: 'Deploy what `tierlink install source` generates.',
      setUp: setUpOf(check, mapping.key),
    });
  } else if (!field.key && !field.unique) {
    report(level, 'KEY_UNUSABLE', {
      path: ['key'],
      message: `${mapping.key} is neither an external id nor unique, so it cannot keep a record from being made twice`,
      fix: 'Make it a unique external id (or an alternate key) in the CRM.',
    });
  }
}

/** What the CRM asks for in a new record has to come from somewhere. */
function checkRequired(check: Check): void {
  const { mapping, description, report } = check;
  const sent = new Set(
    Object.values(mapping.attributes)
      .filter((spec) => spec.direction !== 'in')
      .map((spec) => spec.field),
  );
  for (const field of description.fields) {
    const isOurs = sent.has(field.name) || field.name === mapping.key;
    if (!field.required || !field.createable || isOurs) continue;
    report('error', 'FIELD_REQUIRED', {
      path: ['attributes'],
      message: `${field.name} is required in new ${mapping.object} records, and no attribute sends it`,
      fix: `Map an attribute to ${field.name}, or make it optional in the CRM.`,
    });
  }
}
