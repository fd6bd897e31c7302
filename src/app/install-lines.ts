import { dirname } from 'node:path';
import type { LineOf } from '../install/file.ts';
import { placeOf, readMappings } from '../sync/mapping/mapping.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';

/** Finds the lines of the files that mappings were read from, as the files are now. */
export function linesOf(mappings: readonly ObjectMapping[]): LineOf {
  const folders = new Set(mappings.map(({ file }) => dirname(file)));
  const sources = [...folders].flatMap((folder) => readMappings(folder).sources);
  return (file, path) => {
    const source = sources.find((each) => each.file === file);
    return source === undefined ? 1 : placeOf(source, path).line;
  };
}
