/** describeGlobal() and describeSObject(): what REST describes, in the order and with the elements of the WSDL. */

import { describeObject, globalEntry } from '../describe.ts';
import { ApiError } from '../types.ts';
import type { XmlOutput } from '../xml.ts';
import type { Session } from './session.ts';

/** Elements in their order; those with a mark may be left out, all others are nil when there is nothing to say. */
const GLOBAL =
  'activateable associateEntityType associateParentEntity createable custom customSetting dataTranslationEnabled? deepCloneable deletable deprecatedAndHidden feedEnabled hasSubtypes idEnabled isInterface isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable replicateable retrieveable searchable triggerable undeletable updateable';
const OBJECT =
  'actionOverrides? activateable associateEntityType associateParentEntity childRelationships? compactLayoutable createable custom customSetting dataTranslationEnabled? deepCloneable defaultImplementation deletable deprecatedAndHidden feedEnabled fields? hasSubtypes idEnabled implementedBy implementsInterfaces isInterface isSubtype keyPrefix label labelPlural layoutable listviewable? lookupLayoutable? mergeable mruEnabled name namedLayoutInfos? networkScopeFieldName queryable recordTypeInfos? replicateable retrieveable searchLayoutable? searchable supportedScopes? triggerable? undeletable updateable urlDetail urlEdit urlNew';
const FIELD =
  'aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula? cascadeDelete? caseSensitive compoundFieldName? controllerName? createable custom defaultValue? defaultValueFormula? defaultedOnCreate dependentPicklist? deprecatedAndHidden digits displayLocationInDecimal? encrypted? externalId? extraTypeInfo? filterable formulaTreatNullNumberAsZero? groupable highScaleNumber? htmlFormatted? idLookup inlineHelpText? label length mask? maskType? name nameField namePointing? nillable permissionable picklistValues? polymorphicForeignKey precision queryByDistance referenceTargetField? referenceTo? relationshipName? relationshipOrder? restrictedDelete? restrictedPicklist scale searchPrefilterable soapType sortable? type unique updateable writeRequiresMasterRead?';
const CHILD =
  'cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames? junctionReferenceTo? relationshipName? restrictedDelete?';
const RECORD_TYPE = 'active available defaultRecordTypeMapping developerName master name recordTypeId';
const PICKLIST_ENTRY = 'active defaultValue label validFor? value';
const SCOPE = 'label name';
const LAYOUT = 'name';

/** Which elements have elements of their own. */
const INNER: Record<string, string> = {
  fields: FIELD,
  childRelationships: CHILD,
  recordTypeInfos: RECORD_TYPE,
  picklistValues: PICKLIST_ENTRY,
  supportedScopes: SCOPE,
  namedLayoutInfos: LAYOUT,
};

/** A default may be of any type, so it says which. */
function typed(value: unknown): XmlOutput {
  const type = typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'double' : 'string';
  return { $: { 'xsi:type': `xsd:${type}` }, _: String(value) };
}

function elementFor(name: string, value: unknown): XmlOutput {
  const inner = INNER[name];
  if (inner === undefined || !Array.isArray(value)) return value as XmlOutput;
  return value.map((one) => ordered(inner, one));
}

function ordered(names: string, source: Record<string, unknown>): XmlOutput {
  const entries = names.split(' ').flatMap((entry): Array<[string, XmlOutput]> => {
    const name = entry.replace('?', '');
    const value = source[name];
    if (value !== null && value !== undefined)
      return [[name, names === FIELD && name === 'defaultValue' ? typed(value) : elementFor(name, value)]];
    return entry === name ? [[name, null]] : [];
  });
  return Object.fromEntries(entries);
}

/** The objects that the caller can see. */
export function describeGlobal({ caller, context, version }: Session): XmlOutput {
  const objects = context.org.schema.objects().filter((object) => caller.canReadObject(object));
  const sobjects = objects.map((object) =>
    ordered(GLOBAL, { ...globalEntry(object, caller, version), idEnabled: true }),
  );
  return { encoding: 'UTF-8', maxBatchSize: 200, sobjects };
}

/** @throws ApiError INVALID_TYPE for an object that the caller does not see */
export function describeSObject(name: string, { caller, context, version }: Session): XmlOutput {
  const object = context.org.object(name);
  if (!object || !caller.canReadObject(object))
    throw new ApiError(400, 'INVALID_TYPE', `sObject type '${name}' is not supported.`);
  const described = describeObject(context.org, object, { caller, version });
  const { uiNewRecord, uiDetailTemplate, uiEditTemplate } = (described.urls ?? {}) as Record<string, string>;
  const urls = { urlNew: uiNewRecord, urlDetail: uiDetailTemplate, urlEdit: uiEditTemplate };
  return ordered(OBJECT, { ...described, ...urls, idEnabled: true });
}
