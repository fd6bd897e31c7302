import { readdirSync } from 'node:fs';
import { suggestion } from './model/closest.ts';
import { fromPackageRoot } from './package-root.ts';

const extension = '.yaml';

/** The programs of the package by name, those of known vendors last: isv, msp, ..., published/odoo-partnership. */
export function shippedPrograms(): string[] {
  return ['', 'published/'].flatMap((folder) =>
    readdirSync(fromPackageRoot('programs', folder))
      .filter((file) => file.endsWith(extension))
      .map((file) => folder + file.slice(0, -extension.length))
      .sort(),
  );
}

/** The file of a program in the programs folder, by its name with or without folder and extension, or why there is none. */
export function shippedProgram(name: string): { file: string } | { reason: string } {
  const known = shippedPrograms();
  const asked = name.endsWith(extension) ? name.slice(0, -extension.length) : name;
  const found = known.find((each) => each === asked || each === `published/${asked}`);
  if (found !== undefined) return { file: found + extension };
  return {
    reason: `--program: there is no program "${name}", but ${known.join(', ')}${suggestion(asked, known)}`,
  };
}
