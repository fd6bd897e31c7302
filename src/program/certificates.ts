import { nameKey } from '../model/values.ts';
import { addDays, addDuration, parseDuration } from './civil-date.ts';
import { regionsWithin } from './regions.ts';
import type { CertificateCode, CertificatesDefinition } from './schema/certificate.ts';
import type { ProgramDefinition } from './schema/schema.ts';

/** What the catalogue says of a code: days that hold for everybody who has it. */
export interface CodeDays {
  /** As it is compared. */
  key: string;
  /** The last day on which it counts; null for no end that is known. */
  through: string | null;
  /** It counts only when it was earned before this day; null where it can still be earned. */
  earnedBefore: string | null;
}

/** The days of every code of a catalogue. */
export function codeDays(certificates: CertificatesDefinition): CodeDays[] {
  return Object.entries(certificates.codes).map(([code, definition]) => {
    const ends = [retirementEnd(definition), versionEnd(certificates, definition)].filter(
      (end) => end !== null,
    );
    return {
      key: nameKey(code),
      through: [...ends].sort()[0] ?? null,
      earnedBefore: definition.retiredOn ?? null,
    };
  });
}

function retirementEnd({ retiredOn, countsFor, countsThrough }: CertificateCode): string | null {
  if (countsThrough !== undefined) return countsThrough;
  if (retiredOn === undefined || countsFor === undefined) return null;
  return addDays(addDuration(retiredOn, parseDuration(countsFor)), -1);
}

/** A version counts until so many newer ones are there. */
function versionEnd({ lines }: CertificatesDefinition, { line, version }: CertificateCode): string | null {
  const own = line === undefined ? undefined : lines[line];
  if (own === undefined) return null;
  const at = own.versions.findIndex((one) => one.version === version);
  const successor = own.versions[at + own.counting];
  return at === -1 || successor === undefined ? null : addDays(successor.from, -1);
}

/** Codes that count in some regions only, as they are compared, with these regions; none where all count everywhere. */
export function regionsOfCodes({
  certificates,
  regions,
}: Pick<ProgramDefinition, 'certificates' | 'regions'>): [code: string, regions: string[]][] {
  return Object.entries(certificates?.codes ?? {}).flatMap(([code, { regions: own }]) =>
    own === undefined ? [] : [[nameKey(code), own.flatMap((key) => regionsWithin(regions!, key))]],
  );
}

/** Codes with those that they replaced, directly or through others, as they are compared. */
export function withReplaced(certificates: CertificatesDefinition, codes: readonly string[]): string[] {
  const found = new Set(codes.map(nameKey));
  const entries = Object.entries(certificates.codes);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [code, { replacedBy }] of entries)
      if (replacedBy !== undefined && found.has(nameKey(replacedBy))) found.add(nameKey(code));
  }
  return [...found].sort();
}
