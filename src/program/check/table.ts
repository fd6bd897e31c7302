import { type EntityName, entities } from '../../model/entities.ts';
import { isCustom, resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import { exact } from '../exact.ts';
import { keyMeant } from '../names.ts';
import { groupsOf, plainRegions } from '../regions.ts';
import type { MeasureDefinition } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { TableContents, TableDefinition, TimesDefinition } from '../schema/table.ts';
import type { PathKey } from '../source.ts';
import { entryKeys, versionsOf } from '../tables.ts';
import type { Report } from './check.ts';
import { checkDateAttribute } from './length.ts';

/** Reports what is wrong with the tables of a program. */
export function checkTables(report: Report, program: ProgramDefinition): void {
  for (const [key, table] of Object.entries(program.tables))
    checkTable(report, program, { table, path: ['tables', key] });
}

function checkTable(
  report: Report,
  program: ProgramDefinition,
  { table, path }: { table: TableDefinition; path: PathKey[] },
): void {
  const { entries, regions, bands, otherwise, versions } = table;
  if (versions === undefined) {
    checkContents(report, program, { contents: table, path });
    return;
  }
  if ((entries ?? regions ?? bands ?? otherwise) !== undefined)
    report('PROGRAM_MISPLACED', path, 'has versions; put entries, regions, bands and otherwise into them');
  versions.forEach((version, index) => {
    const at = [...path, 'versions', index];
    checkContents(report, program, { contents: version, path: at });
    const before = versions[index - 1];
    if (before === undefined) return;
    if (before.from >= version.from)
      report('PROGRAM_WRONG_ORDER', [...at, 'from'], `is not after ${before.from}; the earliest is first`);
    const [kind, other] = [kindOf(version), kindOf(before)];
    if (kind !== undefined && other !== undefined && kind !== other)
      report(
        'PROGRAM_MIXED_KINDS',
        at,
        `is by ${kind} where another version is by ${other}; use one of both in all`,
      );
  });
}

const kinds = ['entries', 'regions', 'bands'] as const;

function kindOf(contents: TableContents): (typeof kinds)[number] | undefined {
  return kinds.find((kind) => contents[kind] !== undefined);
}

function checkContents(
  report: Report,
  program: ProgramDefinition,
  { contents, path }: { contents: TableContents; path: PathKey[] },
): void {
  const { entries, bands } = contents;
  if (kinds.filter((kind) => contents[kind] !== undefined).length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, 'a table has either entries, regions or bands');
    return;
  }
  if (contents.regions !== undefined)
    checkRegions(report, program, { values: contents.regions, path: [...path, 'regions'] });
  const keys = entryKeys(contents).map(([key]) => key);
  Object.keys(entries ?? {}).forEach((key, index) => {
    if (keys.indexOf(keys[index]!) !== index)
      report(
        'PROGRAM_DUPLICATE',
        [...path, 'entries', key],
        `"${key}" is there twice; case and blanks make no difference`,
      );
  });
  bands?.forEach(({ from }, index) => {
    const before = bands[index - 1];
    if (before !== undefined && exact(before.from).gte(exact(from)))
      report(
        'PROGRAM_WRONG_ORDER',
        [...path, 'bands', index, 'from'],
        `is not above ${before.from}; the smallest is first`,
      );
  });
}

function checkRegions(
  report: Report,
  { regions }: ProgramDefinition,
  { values, path }: { values: Record<string, unknown>; path: PathKey[] },
): void {
  if (regions === undefined) {
    report('PROGRAM_MISSING_PART', path, 'the program has no regions', ['regions']);
    return;
  }
  const known = regions.list.map(({ key }) => key);
  for (const key of Object.keys(values)) {
    if (!known.includes(key))
      report(
        'PROGRAM_UNKNOWN_REGION',
        [...path, key],
        `"${key}" is not a region${keyMeant(key, regions.list)}`,
        ['regions'],
      );
  }
  for (const { key } of plainRegions(regions).filter((one) => values[one.key] === undefined)) {
    const groups = groupsOf(regions, key).filter((group) => values[group.key] !== undefined);
    if (groups.length > 1) {
      const names = groups.map((group) => group.key).join(' and ');
      report(
        'PROGRAM_SEGMENT_AMBIGUOUS',
        path,
        `says ${groups.length} things for region ${key}: ${names}; give it a value of its own`,
      );
    }
  }
}

/** Reports what is wrong with the tables that a measure multiplies by; whether what comes out is points. */
export function checkTimes(
  report: Report,
  measure: Pick<MeasureDefinition, 'times'> & { sum?: unknown; count?: unknown; average?: unknown },
  { program, entity, path }: { program: ProgramDefinition; entity: EntityName; path: PathKey[] },
): { isPoints: boolean } {
  const all = [measure.times ?? []].flat();
  if (all.length > 0 && (measure.sum ?? measure.count ?? measure.average) === undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'times'],
      'only what is added up can be multiplied: use it with sum, count or average',
    );
  all.forEach((times, index) => {
    const at = [...path, 'times', ...(Array.isArray(measure.times) ? [index] : [])];
    checkOne(report, times, { program, entity, path: at });
  });
  return { isPoints: all.some(({ table }) => program.tables[table]?.gives === 'points') };
}

function checkOne(
  report: Report,
  times: TimesDefinition,
  { program, entity, path }: { program: ProgramDefinition; entity: EntityName; path: PathKey[] },
): void {
  const table = program.tables[times.table];
  const known = Object.keys(program.tables);
  if (table === undefined) {
    const which =
      keyMeant(
        times.table,
        known.map((key) => ({ key, label: program.tables[key]!.label })),
      ) || (known.length === 0 ? '; it has none' : `; it has ${known.join(', ')}`);
    report(
      'PROGRAM_UNKNOWN_TABLE',
      [...path, 'table'],
      `"${times.table}" is not a table of this program${which}`,
      ['tables'],
    );
  }
  if (times.dated !== undefined)
    checkDateAttribute(report, { entity, program, text: times.dated, path: [...path, 'dated'] });
  if (times.dated !== undefined && table !== undefined && table.versions === undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'dated'],
      `${times.table} has no versions that could be in force on a date`,
      ['tables'],
    );
  const resolved = resolvePath(entity, times.by, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', [...path, 'by'], resolved);
  else if (table !== undefined) {
    const isBands = versionsOf(table).some(({ bands }) => bands !== undefined);
    const fitting = isBands ? ['integer', 'decimal', 'money'] : ['text', 'choice', 'boolean'];
    if (fitting.includes(resolved.type)) return;
    const names = Object.entries(entities[entity].attributes).filter(([, { type }]) =>
      fitting.includes(type),
    );
    const wanted = isBands ? 'a number for its bands' : 'a text';
    const others = isCustom(resolved) ? '' : `; ${entity} has ${names.map(([one]) => one).join(', ')}`;
    report(
      'PROGRAM_WRONG_TYPE',
      [...path, 'by'],
      `${times.table} needs ${wanted}, and ${times.by} ${typeText(resolved)}${others}`,
      ['tables'],
      ...typePlaces(resolved),
    );
  }
}
