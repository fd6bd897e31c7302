import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readTextFile, replaceFile, type WholeFile } from './text-file.ts';

/*
 * Several files of a project that make sense only together, such as the user of a connection in tierlink.yaml and the
 * password in .env. What they are to be is first written as one file; whoever reads the project next puts it in place where
 * the process has died since.
 */

const intentSchema = z.strictObject({
  files: z.array(
    z.strictObject({
      file: z.string(),
      text: z.string(),
      mode: z.int(),
      /** Of what was in its place, hexadecimal SHA-256; null: nothing was. */
      before: z.string().nullable(),
    }),
  ),
});

const OWNER_ONLY = 0o600;

/** It holds what .env is to hold, so it is where nothing gets into a repository. */
function intentOf(folder: string): string {
  return join(folder, '.tierlink', 'replacing.json');
}

function sumOf(file: string): string | null {
  return existsSync(file) ? createHash('sha256').update(readTextFile(file)).digest('hex') : null;
}

function put({ file, text, mode }: WholeFile): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, text, mode);
}

/**
 * Replaces all of the files or none, also where the process dies meanwhile: then finishReplacing() does what is left. What
 * the system refuses is thrown, with each file as it was.
 */
export function replaceTogether(folder: string, files: readonly WholeFile[]): void {
  const intent = intentOf(folder);
  const before = files.map(({ file, mode }) =>
    existsSync(file) ? { file, text: readTextFile(file), mode } : file,
  );
  const intended = files.map((each) => ({ ...each, before: sumOf(each.file) }));
  put({ file: intent, text: JSON.stringify({ files: intended }), mode: OWNER_ONLY });
  try {
    for (const each of files) put(each);
  } catch (error) {
    for (const each of before)
      if (typeof each === 'string') rmSync(each, { force: true });
      else put(each);
    rmSync(intent);
    throw error;
  }
  rmSync(intent);
}

/** Puts in place what a process that died had begun to replace. What somebody has edited since stays as it is. */
export function finishReplacing(folder: string): void {
  const intent = intentOf(folder);
  if (!existsSync(intent)) return;
  const { files } = intentSchema.parse(JSON.parse(readTextFile(intent)));
  for (const each of files) if (sumOf(each.file) === each.before) put(each);
  rmSync(intent, { force: true });
}
