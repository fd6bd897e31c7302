import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
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
  const text = readIfThere(file);
  return text === null ? null : createHash('sha256').update(text).digest('hex');
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
  const before = files.map(({ file, mode }) => ({ file, text: readIfThere(file), mode }));
  const intended = files.map((each) => ({ ...each, before: sumOf(each.file) }));
  put({ file: intent, text: JSON.stringify({ files: intended }), mode: OWNER_ONLY });
  try {
    for (const each of files) put(each);
  } catch (error) {
    for (const { file, text, mode } of before)
      if (text === null) rmSync(file, { force: true });
      else put({ file, text, mode });
    rmSync(intent, { force: true });
    throw error;
  }
  // Another command that read the project meanwhile has finished the same.
  rmSync(intent, { force: true });
}

/** Null where it is not there, or was removed in this moment by the process that wrote it. */
function readIfThere(file: string): string | null {
  try {
    return readTextFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Puts in place what a process that died had begun to replace. What somebody has edited since stays as it is. */
export function finishReplacing(folder: string): void {
  const intent = intentOf(folder);
  const text = readIfThere(intent);
  if (text === null) return;
  const { files } = intentSchema.parse(JSON.parse(text));
  for (const each of files) if (sumOf(each.file) === each.before) put(each);
  rmSync(intent, { force: true });
}
