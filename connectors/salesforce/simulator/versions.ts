import { notFound } from './api-errors.ts';
import { ApiError } from './types.ts';

const NEWEST = 68;
const OLDEST_ANSWERING = 31;
const RELEASES = ['Spring', 'Summer', 'Winter'];

export interface ApiVersion {
  label: string;
  url: string;
  version: string;
}

/** Three releases a year: 66.0 is Spring '26, 67.0 Summer '26, 68.0 Winter '27. */
function labelOf(version: number): string {
  const season = version % 3;
  const year = 26 + Math.floor((version - 66) / 3) + (season === 2 ? 1 : 0);
  return `${RELEASES[season]} '${String(year).padStart(2, '0')}`;
}

/** Every version that the org answers, oldest first. */
export function apiVersions(): ApiVersion[] {
  return Array.from({ length: NEWEST - OLDEST_ANSWERING + 1 }, (_, index) => {
    const version = `${OLDEST_ANSWERING + index}.0`;
    return { label: labelOf(OLDEST_ANSWERING + index), url: `/services/data/v${version}`, version };
  });
}

/** `67.0` from a path segment `v67.0`; throws 410 for retired versions and 404 for those that do not exist. */
export function versionOf(segment: string): string {
  const match = /^v(\d+)\.0$/i.exec(segment);
  const number = Number(match?.[1] ?? Number.NaN);
  if (number < OLDEST_ANSWERING && number >= 7) {
    throw new ApiError(
      410,
      'UNSUPPORTED_API_VERSION',
      `The API version ${number}.0 is retired and no longer supported`,
    );
  }
  if (!(number >= OLDEST_ANSWERING && number <= NEWEST)) throw notFound();
  return `${number}.0`;
}
