import { badRequest } from '../api-errors.ts';

/** The files of a zip, text by path, without its folders. Throws ApiError where it is none. */
export async function unzipped(zip: Uint8Array): Promise<Map<string, string>> {
  const { strFromU8, unzipSync } = await import('fflate');
  try {
    const entries = Object.entries(unzipSync(zip)).filter(([path]) => !path.endsWith('/'));
    return new Map(entries.map(([path, bytes]) => [path, strFromU8(bytes)]));
  } catch (error) {
    throw badRequest('INVALID_ZIP_FILE', error instanceof Error ? error.message : 'not a zip');
  }
}
