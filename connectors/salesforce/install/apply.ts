import { installSteps, isWrite } from '../../../src/install/steps.ts';
import { type InstallPart, type LackingPart, partId } from '../../../src/sync/installer.ts';
import { objectOfLayout } from '../../shared/layouts.ts';
import type { Context } from '../context.ts';
import {
  childrenNamed,
  childrenText,
  childText,
  elementText,
  type MetadataElement,
} from '../metadata-xml.ts';
import type { InstalledField } from '../provision/fields.ts';
import type { PartDetail } from '../provision/parts.ts';
import { PERMISSION_SET } from '../provision/permissions.ts';
import { rightKey, withRights } from '../provision/rights.ts';
import { standardValueSetOf } from '../provision/value-sets.ts';
import { fieldElements, xmlFile } from '../provision/xml.ts';
import {
  type Component,
  deploy,
  newestDeployment,
  refused,
  WAIT_MS,
  waitForDeployments,
  waiting,
} from './deploy.ts';
import { layoutWith, readLayouts } from './layouts.ts';
import { inspect } from './look.ts';
import { readMetadata } from './metadata.ts';
import { readRecordTypes, recordTypesOf, recordTypesWith } from './record-types.ts';

/**
 * Makes parts, one deployment each. A deployment replaces what it names, so what is there is read first and goes back with what
 * it lacked.
 */

/** Throws CRM_*, and INSTALL_* for what the platform has against it. */
export async function applyPart(context: Context, lacking: LackingPart, signal?: AbortSignal): Promise<void> {
  let still: LackingPart | null = lacking;
  const until = context.host.now() + WAIT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const newest = await newestDeployment(context);
    if (await waitForDeployments(context, signal)) still = await lookAgain(context, lacking);
    if (still === null) return;
    const component = await componentFor(context, still);
    if (component === null) return;
    // What is made replaces nothing. What is completed may have been changed by a deployment that began since it was read.
    const isRead = component.was === undefined || (await newestDeployment(context)) === newest;
    if (isRead && (await deploy(context, { part: still.part, component, signal }))) return;
    if (context.host.now() >= until)
      throw waiting(context.host, 'deployments of others, one after the other');
    still = await lookAgain(context, lacking);
  }
}

/** What a deployment that was at work has left to do; null for nothing. */
async function lookAgain(context: Context, { part }: LackingPart): Promise<LackingPart | null> {
  const [step] = installSteps([part], (await inspect(context, [part])).found);
  return step !== undefined && isWrite(step) ? step : null;
}

/** null: it was completed meanwhile. */
async function componentFor(context: Context, lacking: LackingPart): Promise<Component | null> {
  const { part, found, adds } = lacking;
  const detail = part.detail as PartDetail;
  switch (detail.is) {
    case 'object':
      return objectFile(
        detail.object,
        { type: 'CustomObject', fullNames: [detail.object] },
        detail.own ?? [],
      );
    case 'field':
      return found === null
        ? fieldFile(detail.field, fieldElements(detail.field))
        : await withValues(context, detail.field, lacking);
    case 'permission set': {
      const there = (await readMetadata(context, 'PermissionSet', [PERMISSION_SET])).get(PERMISSION_SET);
      if (there === undefined) return permissionSetFile(detail.text);
      const rights = detail.rights.filter((right) => adds.includes(rightKey(right)));
      return { ...permissionSetFile(fileOf('PermissionSet', withRights(there, rights))), was: [there] };
    }
    case 'record types': {
      const { object, field, names } = detail;
      const all = recordTypesOf(await readRecordTypes(context, [object]), { object, names });
      return recordTypesWith(all, { object, field, values: adds });
    }
    case 'layout': {
      const layout = (await readLayouts(context, [objectOfLayout(detail.name)])).get(detail.name);
      if (layout === undefined) throw refused(context, part, 'the org no longer has this layout');
      return layoutWith(layout, { fields: adds, readOnly: detail.readOnly });
    }
    default:
      throw new Error(`${partId(part)} is not made over the wire`);
  }
}

/** Fields lie in the file of their object. */
function objectFile(
  object: string,
  named: Pick<Component, 'type' | 'fullNames'>,
  elements: readonly string[],
): Component {
  return { ...named, path: `objects/${object}.object`, text: xmlFile('CustomObject', elements) };
}

function fieldFile({ object, name }: InstalledField, elements: readonly string[]): Component {
  const named = { type: 'CustomField', fullNames: [`${object}.${name}`] };
  return objectFile(object, named, [`<fields>${elements.join('')}</fields>`]);
}

function permissionSetFile(text: string): Component {
  const path = `permissionsets/${PERMISSION_SET}.permissionset`;
  return { type: 'PermissionSet', fullNames: [PERMISSION_SET], path, text };
}

/** A component as a file: its name is that of the file. */
function fileOf(type: string, { fullName: _name, ...content }: MetadataElement): string {
  return xmlFile(type, childrenText(content));
}

/**
 * The field, or the value set that it takes its values from, with these values beside those that it has. Throws
 * INSTALL_REFUSED where the org does not tell them: what is not known would be lost.
 */
async function withValues(context: Context, field: InstalledField, lacking: LackingPart): Promise<Component> {
  const { part, adds } = lacking;
  const standard = standardValueSetOf(field.object, field.name);
  const added = adds.map((value) => ({ value, label: value }));
  // Reading such a set may leave out values that the field has, and what is left out would be switched off.
  if (standard !== null)
    return await withSharedValues(context, part, {
      ...{ ...standardSet, name: standard.name, values: [...(await offeredOf(context, field)), ...added] },
    });
  const name = `${field.object}.${field.name}`;
  const there = (await readMetadata(context, 'CustomField', [name])).get(name);
  const [valueSet] = there === undefined ? [] : childrenNamed(there, 'valueSet');
  const shared = valueSet && childText(valueSet, 'valueSetName');
  if (shared !== undefined)
    return await withSharedValues(context, part, { ...globalSet, name: shared, values: added });
  const [definition] = valueSet === undefined ? [] : childrenNamed(valueSet, 'valueSetDefinition');
  if (there === undefined || definition === undefined) throw refused(context, part, untold);
  const was = [structuredClone(there)];
  addValues(definition, 'value', added);
  const content = childrenText({ ...there, fullName: [] });
  return { ...fieldFile(field, [elementText('fullName', field.name), ...content]), was };
}

interface LabelledValue {
  value: string;
  label: string;
}

/** Values that a field offers now, with what people call them. */
async function offeredOf({ metadata }: Context, { object, name }: InstalledField): Promise<LabelledValue[]> {
  const [raw] = await metadata.fresh([object]);
  return (
    raw?.fields.find((field) => field.name === name)?.picklistValues.filter(({ active }) => active) ?? []
  );
}

const untold = 'the org does not tell which values it has';

/** Kinds of value sets that fields share, as the interface calls them, their values and the suffix of their files. */
const globalSet = { type: 'GlobalValueSet', tag: 'customValue', suffix: 'globalValueSet' } as const;
const standardSet = { type: 'StandardValueSet', tag: 'standardValue', suffix: 'standardValueSet' } as const;

async function withSharedValues(
  context: Context,
  part: InstallPart,
  set: (typeof globalSet | typeof standardSet) & { name: string; values: readonly LabelledValue[] },
): Promise<Component> {
  const { type, tag, suffix, name, values } = set;
  const there = (await readMetadata(context, type, [name])).get(name);
  if (there === undefined) throw refused(context, part, untold);
  const was = [structuredClone(there)];
  addValues(there, tag, values);
  const path = `${suffix}s/${name}.${suffix}`;
  return { type, fullNames: [name], path, text: fileOf(type, there), was };
}

/** Changes the set in place; what it has keeps its label. A value that somebody has switched off is switched on again. */
function addValues(set: MetadataElement, tag: string, values: readonly LabelledValue[]): void {
  set[tag] ??= [];
  for (const { value, label } of values) {
    const known = childrenNamed(set, tag).find((each) => childText(each, 'fullName') === value);
    if (known !== undefined) known.isActive = ['true'];
    else set[tag].push({ fullName: [value], default: ['false'], label: [label] });
  }
}
