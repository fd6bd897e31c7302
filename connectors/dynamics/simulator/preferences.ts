/** What the Prefer header of a request asks for. */
export interface Preferences {
  maxPageSize: number | null;
  returnRepresentation: boolean;
  trackChanges: boolean;
  continueOnError: boolean;
  /** Whether an annotation of this name is wanted. */
  annotates(name: string): boolean;
  /** What was understood, for Preference-Applied. */
  applied: string[];
}

/** Reads a Prefer header: preferences separated by commas, the list of annotations in quotes. */
export function readPreferences(header: string | undefined): Preferences {
  const parts = header?.match(/(?:[^,"]|"[^"]*")+/g)?.map((part) => part.trim()) ?? [];
  const valueNamed = (name: string): string | undefined =>
    parts
      .find((part) => part.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const has = (name: string) => parts.some((part) => part.toLowerCase() === name);
  const size = Number(valueNamed('odata.maxpagesize'));
  const patterns = (valueNamed('odata.include-annotations') ?? '').split(',').map((each) => each.trim());
  return {
    maxPageSize: Number.isInteger(size) && size > 0 ? Math.min(size, 5000) : null,
    returnRepresentation: has('return=representation'),
    trackChanges: has('odata.track-changes'),
    continueOnError: has('odata.continue-on-error'),
    annotates: (name) => patterns.some((pattern) => fits(pattern, name)),
    applied: parts,
  };
}

function fits(pattern: string, name: string): boolean {
  if (pattern === '') return false;
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
