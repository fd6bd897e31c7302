import { readSetting, writeSetting } from '../store/settings.ts';
import type { Executor } from '../store/store.ts';
import type { Program } from './load.ts';

/** What was worked out with a program file and has to be worked out again when the file changes. */
export type Use = 'kpi' | 'tier';

/** Whether the program file differs from the one that everything of this use was last worked out with. */
export async function programChanged(executor: Executor, program: Program, use: Use): Promise<boolean> {
  const known = await readSetting<{ hash: string }>(executor.db, settingKey(program, use));
  return known?.hash !== program.hash;
}

/** Notes that everything of this use has been worked out with this program file. */
export async function rememberUse(
  executor: Executor,
  { program, use, now }: { program: Program; use: Use; now: string },
): Promise<void> {
  await writeSetting(executor.db, { key: settingKey(program, use), value: { hash: program.hash }, now });
}

function settingKey(program: Program, use: Use): string {
  return `${use}.program.${program.name}`;
}
