import { suggestion } from '../../model/closest.ts';
import type { EntityName } from '../../model/entities.ts';
import { nameKey } from '../../model/values.ts';
import { keyMeant } from '../names.ts';
import type { CertificateCode, CertificatesDefinition } from '../schema/certificate.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports what is wrong with the catalogue of certificates. */
export function checkCertificates(report: Report, program: ProgramDefinition): void {
  const { certificates } = program;
  if (certificates === undefined) return;
  for (const [line, { versions }] of Object.entries(certificates.lines)) {
    versions.forEach(({ version, from }, index) => {
      const at: PathKey[] = ['certificates', 'lines', line, 'versions', index];
      if (versions.findIndex((other) => other.version === version) !== index)
        report('PROGRAM_DUPLICATE', [...at, 'version'], `"${version}" is there twice`);
      const before = versions[index - 1];
      if (before !== undefined && before.from >= from)
        report('PROGRAM_WRONG_ORDER', [...at, 'from'], `is not after ${before.from}; the earliest is first`);
    });
  }
  const keys = Object.keys(certificates.codes).map(nameKey);
  Object.entries(certificates.codes).forEach(([code, definition], index) => {
    const path: PathKey[] = ['certificates', 'codes', code];
    if (keys.indexOf(keys[index]!) !== index)
      report('PROGRAM_DUPLICATE', path, `"${code}" is there twice; case and blanks make no difference`);
    checkRetirement(report, definition, path);
    checkCodeRegions(report, program, { definition, path });
    checkVersion(report, certificates, { definition, path });
    if (definition.replacedBy !== undefined)
      checkCode(report, certificates, { code: definition.replacedBy, path: [...path, 'replacedBy'] });
    if (isOwnSuccessor(certificates, code))
      report('PROGRAM_CIRCLE', [...path, 'replacedBy'], 'comes back to the code itself');
  });
}

function checkRetirement(report: Report, definition: CertificateCode, path: PathKey[]): void {
  const { retiredOn, countsFor, countsThrough } = definition;
  const ends = [countsFor, countsThrough].filter((end) => end !== undefined);
  if (retiredOn === undefined && countsFor !== undefined)
    report('PROGRAM_INCOMPLETE', [...path, 'countsFor'], 'needs retiredOn, from which it counts');
  if (retiredOn !== undefined && ends.length !== 1)
    report(
      'PROGRAM_INCOMPLETE',
      path,
      'needs one of countsFor and countsThrough: how long it counts after it was retired',
    );
  if (retiredOn !== undefined && countsThrough !== undefined && countsThrough < retiredOn)
    report('PROGRAM_WRONG_ORDER', [...path, 'countsThrough'], `is before ${retiredOn}, when it is retired`);
}

/** A certificate is where its record says, which is what its regions are compared with. */
function checkCodeRegions(
  report: Report,
  { regions }: ProgramDefinition,
  { definition, path }: { definition: CertificateCode; path: PathKey[] },
): void {
  if (definition.regions === undefined) return;
  const at = [...path, 'regions'];
  const known = regions?.list.map(({ key }) => key) ?? [];
  if (regions === undefined) report('PROGRAM_MISSING_PART', at, 'the program has no regions', ['regions']);
  else if (regions.records.certification === undefined)
    report(
      'PROGRAM_MISSING_PART',
      at,
      'nothing says in which region a certification is; name an attribute of it in regions.records',
      ['regions'],
    );
  else
    definition.regions.forEach((one, index) => {
      if (!known.includes(one))
        report(
          'PROGRAM_UNKNOWN_REGION',
          [...at, index],
          `"${one}" is not a region${keyMeant(one, regions.list)}`,
          ['regions'],
        );
    });
}

function checkVersion(
  report: Report,
  { lines }: CertificatesDefinition,
  { definition, path }: { definition: CertificateCode; path: PathKey[] },
): void {
  const { line, version } = definition;
  if ((line === undefined) !== (version === undefined)) {
    report('PROGRAM_INCOMPLETE', path, 'line and version go together');
    return;
  }
  if (line === undefined) return;
  const known = lines[line];
  if (known === undefined) {
    report(
      'PROGRAM_UNKNOWN_CERTIFICATE',
      [...path, 'line'],
      `"${line}" is not a line of the catalogue${suggestion(line, Object.keys(lines))}`,
    );
  } else if (!known.versions.some((one) => one.version === version)) {
    const versions = known.versions.map((one) => one.version).join(', ');
    report(
      'PROGRAM_UNKNOWN_CERTIFICATE',
      [...path, 'version'],
      `"${version}" is not a version of ${line}; it has ${versions}`,
    );
  }
}

function isOwnSuccessor({ codes }: CertificatesDefinition, code: string): boolean {
  const byKey = new Map(Object.entries(codes).map(([one, { replacedBy }]) => [nameKey(one), replacedBy]));
  const seen = new Set<string>();
  let at: string | undefined = code;
  while (at !== undefined && !seen.has(nameKey(at))) {
    seen.add(nameKey(at));
    at = byKey.get(nameKey(at));
  }
  return at !== undefined && nameKey(at) === nameKey(code);
}

/** Reports codes that are asked for where there are none, or that the catalogue does not have. */
export function checkCodes(
  report: Report,
  codes: readonly string[],
  { program, entity, path }: { program: ProgramDefinition; entity: EntityName; path: PathKey[] },
): void {
  const { certificates } = program;
  if (entity !== 'certification')
    report('PROGRAM_WRONG_RECORDS', path, `only a certification has codes, not a ${entity}`);
  else if (certificates === undefined) {
    const instead = 'without one, use attribute: code with in';
    report(
      'PROGRAM_MISSING_PART',
      path,
      `are those of the catalogue, and the program has no certificates; ${instead}`,
      ['certificates'],
    );
  } else {
    for (const [index, code] of codes.entries())
      checkCode(report, certificates, { code, path: [...path, index] });
  }
}

function checkCode(
  report: Report,
  { codes }: CertificatesDefinition,
  { code, path }: { code: string; path: PathKey[] },
): void {
  const known = Object.keys(codes);
  if (!known.some((one) => nameKey(one) === nameKey(code)))
    report(
      'PROGRAM_UNKNOWN_CERTIFICATE',
      path,
      `"${code}" is not a code of the catalogue${suggestion(code, known)}`,
      ['certificates'],
    );
}
