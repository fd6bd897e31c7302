import type { Executor } from '../store/store.ts';
import type { Program } from './load.ts';

/** What was worked out with a program file and has to be worked out again when the file changes. */
export type Use = 'kpi' | 'tier';

/** Whether the program file differs from the one that everything of this use was last worked out with. */
export async function programChanged(executor: Executor, program: Program, use: Use): Promise<boolean> {
  const [row] = await executor.query<{ hash: string }>(
    `select value ->> 'hash' as hash from tierlink.setting where key = $1`,
    [settingKey(program, use)],
  );
  return row?.hash !== program.hash;
}

/** Notes that everything of this use has been worked out with this program file. */
export async function rememberUse(
  executor: Executor,
  { program, use, now }: { program: Program; use: Use; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.setting (key, value, updated_at) values ($1, jsonb_build_object('hash', $2::text), $3)
     on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
    [settingKey(program, use), program.hash, now],
  );
}

function settingKey(program: Program, use: Use): string {
  return `${use}.program.${program.name}`;
}
