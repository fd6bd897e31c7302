import { IANAZone } from 'luxon';
import { suggestion } from '../../model/closest.ts';
import { entities } from '../../model/entities.ts';
import { nameKey } from '../../model/values.ts';
import { dayOf } from '../civil-date.ts';
import { checkCustomAttributes } from '../custom-attributes.ts';
import type { ProgramFindingCode } from '../finding-codes.ts';
import { writtenKpis } from '../regional-kpis.ts';
import { factKinds } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import { findingAt, type PathKey, type ProgramFinding, type ProgramSource } from '../source.ts';
import { checkApproval } from './approval.ts';
import { checkBestRegion } from './best-region.ts';
import { checkBestTrackOfScores, checkBestTrackOfTiers } from './best-track.ts';
import { checkCalendars } from './calendar.ts';
import { checkCertificates } from './certificates.ts';
import { checkCurrency } from './currency.ts';
import { checkKpi } from './kpi.ts';
import { checkLadder, checkProfile, checkSpecialisation, checkSuccessFactors } from './ladder.ts';
import { checkMethod } from './method.ts';
import { checkKeys } from './names.ts';
import { checkRegions } from './regions.ts';
import { checkScores } from './score.ts';
import type { SoundParts } from './sound-parts.ts';
import { checkTables } from './table.ts';
import { checkLaddersBehind, checkTracksOpen } from './who.ts';

/**
 * Notes something wrong at a path of the file: an error, or what is only likely to be wrong as a warning, as its code says.
 * @param restsOn Other parts of the file of which all must be sound for it to be wrong. (Default: none)
 */
export type Report = (
  code: ProgramFindingCode,
  path: PathKey[],
  reason: string,
  ...restsOn: readonly (readonly PathKey[])[]
) => void;

interface CheckOptions {
  parts?: Pick<SoundParts, 'isSound' | 'isWhole'>;
  /** The moment (epoch milliseconds) as of which it is asked what has an end. (Default: nothing is said of ends) */
  now?: number | null;
}

/** Everything that the schema cannot see, all findings at once; of a file that it refuses, of the sound parts only. */
export function checkProgram(
  source: ProgramSource,
  program: ProgramDefinition,
  { parts, now = null }: CheckOptions = {},
): ProgramFinding[] {
  const findings: ProgramFinding[] = [];
  const report: Report = (code, path, reason, ...restsOn) => {
    const isCertain = parts === undefined || (parts.isSound(path) && restsOn.every(parts.isWhole));
    if (!isCertain) return;
    findings.push(findingAt(source, { code, path, reason }));
  };
  const isZone = IANAZone.isValidZone(program.timeZone);
  if (!isZone) {
    report(
      'PROGRAM_UNKNOWN_TIME_ZONE',
      ['timeZone'],
      `"${program.timeZone}" is not a time zone; write it like Europe/Stockholm or UTC`,
    );
  }
  checkVersion(report, source);
  checkFreshness(report, program);
  checkCurrency(report, program);
  checkCustomAttributes(report, program);
  checkRegions(report, program);
  checkCalendars(report, program, isZone && now !== null ? dayOf(now, program.timeZone) : null);
  checkCertificates(report, program);
  checkTables(report, program);
  for (const [key, kpi] of writtenKpis(program)) checkKpi(report, kpi, { program, path: ['kpis', key] });
  const areScoresWhole = checkScores(report, program);
  if (areScoresWhole) checkBestTrackOfScores(report, program);
  checkSuccessFactors(report, program);
  checkMethod(report, program);
  checkApproval(report, program);
  checkKeys(report, program.partnerTypes, ['partnerTypes']);
  checkKeys(report, program.ladders, ['ladders']);
  program.ladders.forEach((ladder, index) => {
    checkLadder(report, program, { ladder, path: ['ladders', index], areScoresWhole });
    if (!areScoresWhole) return;
    checkBestTrackOfTiers(report, program, ladder, ['ladders', index]);
    checkBestRegion(report, program, ladder, ['ladders', index]);
  });
  checkLaddersBehind(report, program);
  checkTracksOpen(report, program, areScoresWhole);
  checkSpecialisations(report, program, areScoresWhole);
  if (program.idealProfile !== undefined) checkProfile(report, program, program.idealProfile);
  return findings;
}

/** A version such as 1.10 is a number to YAML, and another one than 1.1 to people. */
function checkVersion(report: Report, { value, writtenAt }: ProgramSource): void {
  const read = (value as { version?: unknown } | null)?.version;
  const written = writtenAt(['version']);
  if (typeof read !== 'number' || written === undefined || written === String(read)) return;
  report(
    'PROGRAM_INEXACT_NUMBER',
    ['version'],
    `${written} is read as ${read}; write it in quotes: '${written}'`,
  );
}

function checkFreshness(report: Report, program: ProgramDefinition): void {
  const { factKinds: limits = {}, ...ofEntities } = program.freshness;
  for (const key of Object.keys(ofEntities)) {
    if (key !== 'default' && !(key in entities)) {
      report(
        'PROGRAM_UNKNOWN_ENTITY',
        ['freshness', key],
        `"${key}" is not an entity${suggestion(key, Object.keys(entities))}`,
      );
    }
  }
  // KPIs may read any kind, so only what looks like another one's name is told, and it may be right all the same.
  const asked = [...factKinds(program)];
  for (const kind of Object.keys(limits)) {
    const meant = asked.some((one) => nameKey(one) === nameKey(kind)) ? '' : suggestion(kind, asked);
    if (meant === '') continue;
    const reason = `no requirement asks for a fact "${kind}"${meant}`;
    report('PROGRAM_ALIKE_NAME', ['freshness', 'factKinds', kind], reason);
  }
}

function checkSpecialisations(report: Report, program: ProgramDefinition, areScoresWhole: boolean): void {
  const { ladders, specialisations } = program;
  checkKeys(report, specialisations, ['specialisations']);
  specialisations.forEach((specialisation, index) => {
    const path: PathKey[] = ['specialisations', index];
    const { key } = specialisation;
    if (ladders.some((ladder) => ladder.key === key))
      report('PROGRAM_DUPLICATE', [...path, 'key'], `"${key}" is the key of a ladder already`);
    checkSpecialisation(report, program, { specialisation, path, areScoresWhole });
  });
}
