import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { App, AppConnection } from '../app.ts';
import { TierlinkError } from '../errors.ts';
import { closest, suggest } from '../model/closest.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { fromPackageRoot } from '../package-root.ts';
import type { ObjectDescription } from '../sync/crm-description.ts';
import { describeRelated } from '../sync/mapping/check-paths.ts';
import { attributeLine, editMapping, newMappingText, textDiff } from '../sync/mapping/edit.ts';
import { readMapping, readMappings } from '../sync/mapping/mapping.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';
import { tierNamesOf } from '../sync/pass/program-words.ts';
import { loadMetadata } from '../sync/pull/metadata.ts';
import { leastWritten, type OpenAttribute, type Suggestion, suggestLines } from '../sync/suggest/suggest.ts';
import { readTextFile, replaceFile } from '../text-file.ts';
import { weighFills } from './suggest-fills.ts';

export interface MapSuggestRequest {
  app: App;
  connection: AppConnection;
  /** An object, an entity or the name of a mapping. (Default: every mapping of records that come from the CRM) */
  asked: string | undefined;
  /** What the records of an object are that has no mapping. (Default: as the shipped mapping of the object says) */
  entity: EntityName | undefined;
  /** Ask no CRM: what is kept of its metadata is enough, and nothing is counted. */
  isOffline: boolean;
  /** Write what is sure enough to the files. */
  write: boolean;
}

/** What was found for one object. */
export interface SuggestedMapping {
  file: string;
  object: string;
  entity: EntityName;
  /** The project has no mapping of it yet. */
  isNew: boolean;
  suggestions: (Suggestion & { filledPercent: number | null })[];
  open: OpenAttribute[];
  /** Lines to paste under `attributes`: every guess that is not in the file. */
  paste: string[];
  /** What writing them changes or has changed in the file. */
  diff: string[];
  written: boolean;
}

interface Target {
  object: string;
  entity: EntityName;
  file: string;
  mapping: ObjectMapping | null;
  shipped: ObjectMapping | undefined;
}

/**
 * Guesses the CRM field of each attribute from the live metadata, and writes the guesses to the mapping files when asked to.
 * Throws USAGE for a word that means no mapping and no object, FILE_CHANGED and MAPPING_INCOMPLETE with that file as it was.
 */
export async function suggestMappings(request: MapSuggestRequest): Promise<SuggestedMapping[]> {
  const { connection, app } = request;
  const mappings = connection.mappings();
  const targets = targetsOf(request, mappings);
  const texts = new Map(targets.map(({ file }) => [file, existsSync(file) ? readTextFile(file) : '']));
  const { descriptions, related } = await describeTargets(request, targets);
  const tiers = tierNamesOf(app.program);
  const planned: PlannedFile[] = [];
  for (const target of targets) {
    const description = descriptions.find(({ name }) => name === target.object);
    if (description === undefined) {
      if (target.mapping === null) throw usage(`${connection.alias} shows no object ${target.object}.`);
      continue;
    }
    const found = suggestLines({ ...target, mappings, description, related, tiers });
    const suggestions = await weighFills({ ...request, ...target, description }, found.suggestions);
    const before = texts.get(target.file)!;
    const outcome = outcomeOf({ ...target, description }, { ...found, suggestions }, before);
    planned.push({ ...outcome, before });
  }
  if (!request.write) return planned.map(({ suggested }) => suggested);
  for (const each of planned) refuseUnsound(each);
  return planned.map(writeFileOf);
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'map suggest' });
}

function targetsOf(
  { app, connection, asked, entity }: MapSuggestRequest,
  mappings: readonly ObjectMapping[],
): Target[] {
  const shipped = readMappings(fromPackageRoot('mappings', connection.manifest.id)).mappings;
  const usual = (object: string, of: EntityName) =>
    shipped.find((each) => each.object === object && each.entity === of) ??
    shipped.find((each) => each.entity === of && each.of === undefined);
  const ofMapping = (mapping: ObjectMapping): Target => ({
    object: mapping.object,
    entity: mapping.entity,
    file: mapping.file,
    mapping,
    shipped: usual(mapping.object, mapping.entity),
  });
  // An entity means the records themselves, not what describes them elsewhere.
  const isOf = (word: string, each: ObjectMapping) =>
    [each.object, each.name, ...(each.of === undefined ? [each.entity] : [])].some(
      (name) => name.toLowerCase() === word.toLowerCase(),
    );
  if (asked === undefined)
    return mappings
      .filter((each) => entities[each.entity].origin === 'crm' && each.of === undefined)
      .map(ofMapping);
  const meant = mappings.filter((each) => isOf(asked, each) && (entity ?? each.entity) === each.entity);
  if (meant.length > 0) return meant.map(ofMapping);
  const known = shipped.find((each) => isOf(asked, each) && (entity ?? each.entity) === each.entity);
  const of = entity ?? known?.entity;
  if (of === undefined) throw unknownWord(asked, [...mappings, ...shipped]);
  const object = known?.object ?? asked;
  const folder = resolve(app.project.folder, connection.settings.mappings);
  return [
    { object, entity: of, file: newFile(folder, of, object), mapping: null, shipped: usual(object, of) },
  ];
}

function unknownWord(word: string, mappings: readonly ObjectMapping[]): TierlinkError {
  const words = new Set(mappings.flatMap(({ object, entity }) => [object, entity]));
  const near = suggest(closest(word, words));
  const hint = `. Say what the records of an object of that name are: --entity deal`;
  return usage(`No mapping has the object or entity ${word}${near === '' ? hint : near}`);
}

/** Called by the entity, like the shipped ones; by the object too where that name is taken. */
function newFile(folder: string, entity: EntityName, object: string): string {
  const kebab = (name: string) =>
    name
      .replace(/([a-z])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-');
  const file = join(folder, `${kebab(entity)}.yaml`);
  return existsSync(file) ? join(folder, `${kebab(entity)}-${kebab(object)}.yaml`) : file;
}

/** The objects as the CRM describes them now, or as it last did. */
async function describeTargets(
  { app, connection, isOffline }: MapSuggestRequest,
  targets: readonly Target[],
): Promise<{ descriptions: ObjectDescription[]; related: ObjectDescription[] }> {
  if (isOffline) {
    const kept = await loadMetadata(app.store, connection.alias);
    if (kept === undefined)
      throw usage(`Nothing is kept of the metadata of ${connection.alias} yet; leave out --offline.`);
    return { descriptions: kept.descriptions, related: kept.descriptions };
  }
  return await connection.budget.inLane('reconcile', async () => {
    const connector = connection.connector();
    const objects = [...new Set(targets.map(({ object }) => object))];
    const descriptions = await connector.describe(objects);
    const named = targets.flatMap(({ mapping, shipped }) => mapping ?? shipped ?? []);
    return { descriptions, related: await describeRelated(connector, named, descriptions) };
  });
}

type Weighed = SuggestedMapping['suggestions'];

function outcomeOf(
  target: Target & { description: ObjectDescription },
  { suggestions, open }: { suggestions: Weighed; open: OpenAttribute[] },
  text: string,
): Pick<PlannedFile, 'suggested' | 'after'> {
  const isNew = target.mapping === null;
  const wanted = suggestions.filter(({ kind }) => isNew || kind !== 'kept');
  const sure = wanted.filter(
    ({ alternatives, isByHand, score }) => alternatives.length === 0 && !isByHand && score >= leastWritten,
  );
  const after = isNew ? newText(target, sure) : editMapping(text, sure);
  const suggested: SuggestedMapping = {
    file: target.file,
    object: target.object,
    entity: target.entity,
    isNew,
    suggestions,
    open,
    paste: wanted.map(attributeLine),
    diff: sure.length === 0 ? [] : textDiff(text, after),
    written: false,
  };
  return { suggested, after };
}

/** A new file takes its scope and key from the shipped mapping, as far as it is of the same object and the CRM has them. */
function newText(
  { object, entity, shipped, description }: Target & { description: ObjectDescription },
  sure: Weighed,
): string {
  const has = (name: string) => description.fields.some((field) => field.name === name);
  const types = description.recordTypes.map(({ developerName }) => developerName);
  const { scope, key, attribution, defaults } = shipped?.object === object ? shipped : emptyHead;
  const isScopeThere =
    (scope?.recordTypes ?? []).every((each) => types.includes(each)) &&
    Object.keys(scope?.where ?? {}).every(has);
  const rest = {
    ...(scope !== undefined && isScopeThere && Object.keys(scope).length > 0 ? { scope } : {}),
    ...(key !== undefined && has(key) ? { key } : {}),
    ...(attribution === undefined ? {} : { attribution }),
    ...(defaults === undefined ? {} : { defaults }),
  };
  return newMappingText({ schema: '../mapping.schema.json', object, entity, rest }, sure.map(attributeLine));
}

const emptyHead: Partial<ObjectMapping> = {};

/** A file that is to be written: its text when it was read, and the one that it is to have. */
interface PlannedFile {
  suggested: SuggestedMapping;
  before: string;
  after: string;
}

/** Before anything is written: no file was changed meanwhile, and every one of them will be sound. */
function refuseUnsound({ suggested: { file, object, entity, diff }, before, after }: PlannedFile): void {
  if (diff.length === 0) return;
  const now = existsSync(file) ? readTextFile(file) : '';
  if (now !== before) throw new TierlinkError('FILE_CHANGED', { file, command: 'map suggest' });
  const [wrong] = readMapping(file, after).findings.filter(({ level }) => level === 'error');
  if (wrong === undefined) return;
  throw new TierlinkError('MAPPING_INCOMPLETE', { file, object, entity, reason: wrong.message });
}

function writeFileOf({ suggested, after }: PlannedFile): SuggestedMapping {
  const { file, diff } = suggested;
  if (diff.length === 0) return suggested;
  replaceFile(file, after, existsSync(file) ? statSync(file).mode : 0o644);
  return { ...suggested, written: true };
}
