import type { EntityName } from '../../model/entities.ts';
import { nameKey } from '../../model/values.ts';
import { checkEntity, readableAttributes, resolvePath } from '../attribute-path.ts';
import { keyMeant } from '../names.ts';
import { plainRegions } from '../regions.ts';
import type { RegionDefinition } from '../schema/region.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports what is wrong with the regions of a program: countries named twice, unknown regions, attributes. */
export function checkRegions(report: Report, program: ProgramDefinition): void {
  const { regions } = program;
  if (regions === undefined) return;
  checkPartnerAttribute(report, program, regions.by);
  const tracks = program.tracks.map(({ key }) => key);
  regions.list.forEach((region, index) => {
    const path: PathKey[] = ['regions', 'list', index];
    const { key } = region;
    if (regions.list.findIndex((other) => other.key === key) !== index)
      report('PROGRAM_DUPLICATE', [...path, 'key'], `"${key}" is there twice`);
    if (tracks.includes(key))
      report(
        'PROGRAM_DUPLICATE',
        [...path, 'key'],
        `"${key}" is a track as well; numbers could not tell them apart`,
        ['tracks'],
      );
    if ((region.countries === undefined) === (region.regions === undefined))
      report('PROGRAM_NOT_ONE_OF', path, 'a region has countries; a group has regions instead');
    else checkGroup(report, program, { region, path });
  });
  checkCountries(report, plainRegionsAt(program));
  checkRecords(report, program, regions.records);
}

/** Attributes that say in which region a record is: texts, of its own or through references. */
function checkRecords(
  report: Report,
  program: ProgramDefinition,
  records: Readonly<Record<string, string>>,
): void {
  for (const [entity, attribute] of Object.entries(records)) {
    const path: PathKey[] = ['regions', 'records', entity];
    const wrong = checkEntity(entity);
    const resolved =
      wrong === undefined ? resolvePath(entity as EntityName, attribute, program.attributes) : wrong;
    if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', path, resolved);
    else if (!isText(resolved.type))
      report('PROGRAM_WRONG_TYPE', path, `"${attribute}" is ${resolved.type} and names no country`);
  }
}

/** A partner's region is decided from its own record, so that evidence holds all that it rests on. */
function checkPartnerAttribute(report: Report, program: ProgramDefinition, by: string): void {
  const path: PathKey[] = ['regions', 'by'];
  const resolved = resolvePath('partner', by, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', path, resolved);
  else if (resolved.steps.length > 0)
    report('PROGRAM_NOT_OWN_ATTRIBUTE', path, `"${by}" is not the partner's own attribute`);
  else if (!isText(resolved.type)) {
    const texts = readableAttributes('partner').filter(([, { type }]) => isText(type));
    const known = texts.map(([name]) => name).join(', ');
    report(
      'PROGRAM_WRONG_TYPE',
      path,
      `"${by}" is ${resolved.type} and names no country; a partner has ${known}`,
    );
  }
}

function isText(type: string): boolean {
  return type === 'text' || type === 'choice';
}

function checkGroup(
  report: Report,
  { regions }: ProgramDefinition,
  { region, path }: { region: RegionDefinition; path: PathKey[] },
): void {
  const plain = plainRegions(regions).map(({ key }) => key);
  region.regions?.forEach((one, index) => {
    const at = [...path, 'regions', index];
    if (region.regions!.indexOf(one) !== index) report('PROGRAM_DUPLICATE', at, `"${one}" is there twice`);
    if (plain.includes(one)) return;
    const isGroup = regions!.list.some(({ key }) => key === one);
    if (isGroup) report('PROGRAM_MISPLACED', at, `"${one}" is a group itself; name its regions`);
    else
      report('PROGRAM_UNKNOWN_REGION', at, `"${one}" is not a region${keyMeant(one, plainRegions(regions))}`);
  });
}

type Placed = RegionDefinition & { index: number };

function plainRegionsAt({ regions }: ProgramDefinition): Placed[] {
  return regions!.list
    .map((region, index) => ({ ...region, index }))
    .filter(({ countries }) => countries !== undefined);
}

/** A country is in one region, so that every partner and every record is. */
function checkCountries(report: Report, plain: readonly Placed[]): void {
  const seen = new Map<string, string>();
  let other: string | undefined;
  for (const { key, countries, index } of plain) {
    const path: PathKey[] = ['regions', 'list', index, 'countries'];
    if (countries === 'otherwise') {
      if (other !== undefined)
        report('PROGRAM_DUPLICATE', path, `${other} takes every other country already`);
      other ??= key;
      continue;
    }
    countries!.forEach((country, at) => {
      const name = nameKey(country);
      const before = seen.get(name);
      if (name === '') report('PROGRAM_WRONG_VALUE', [...path, at], 'a country is not blank');
      else if (before === key)
        report(
          'PROGRAM_DUPLICATE',
          [...path, at],
          `"${country}" is there twice; case and blanks make no difference`,
        );
      else if (before !== undefined)
        report('PROGRAM_DUPLICATE', [...path, at], `"${country}" is in ${before} already`);
      else seen.set(name, key);
    });
  }
}
