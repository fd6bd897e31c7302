import { z } from 'zod';
import { type DoctorStatus, notLookedAt, signInCheck } from '../../app/doctor/finding.ts';
import { defineCommand } from '../command.ts';
import { formatAction, formatMany } from '../format.ts';
import type { Screen, Tone } from '../screen.ts';
import { text } from './doctor.messages.ts';

const statuses = ['ok', 'warn', 'fail', 'unknown'] as const;
const tones: Record<DoctorStatus, Tone> = { ok: 'good', warn: 'wait', fail: 'bad', unknown: 'wait' };

const resultSchema = z.strictObject({
  checks: z.array(
    z.strictObject({
      check: z.string(),
      connection: z.string().nullable(),
      status: z.enum(statuses),
      message: z.string(),
      fix: z.string().nullable(),
    }),
  ),
  counts: z.strictObject({ ok: z.int(), warn: z.int(), fail: z.int(), unknown: z.int() }),
});
type Result = z.infer<typeof resultSchema>;
type Check = Result['checks'][number];

export const doctor = defineCommand({
  name: 'doctor',
  summary: text.summary,
  examples: ['tierlink doctor', 'tierlink doctor --connection prod --json'],
  result: resultSchema,
  run: async ({ config, project, app, global }) => {
    // It looks at the queue too, which takes longer to load than most commands take to run.
    const { examine } = await import('../../app/doctor/examine.ts');
    const checks = await examine({ config, project, app, connection: global.connection });
    const count = (status: DoctorStatus) => checks.filter((each) => each.status === status).length;
    const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail'), unknown: count('unknown') };
    return {
      result: { checks, counts },
      // Who asks before going on must not go on for want of an answer.
      exit: counts.fail > 0 || checks.some(isUnanswered) ? 1 : 0,
      next: counts.fail > 0 ? [text.next] : [],
    };
  },
  show: (result, screen) => {
    for (const check of inShort(result.checks)) showCheck(check, screen);
    const { ok, warn, fail, unknown } = result.counts;
    screen.line();
    screen.line(text.counts(formatMany(result.checks.length, 'check'), ok, warn, fail, unknown));
  },
});

function isUnanswered({ check, status }: Check): boolean {
  return check === signInCheck && status === 'unknown';
}

/** What could not be looked at is said once for each connection. */
function inShort(checks: readonly Check[]): Check[] {
  const unseen = (connection: string | null) =>
    checks.filter((each) => each.connection === connection && each.message === notLookedAt.message);
  return checks.flatMap((each) => {
    const others = unseen(each.connection);
    if (!others.includes(each)) return [each];
    const names = others.map(({ check }) => check).join(', ');
    return each === others[0] ? [{ ...each, message: text.notLookedAt(names) }] : [];
  });
}

/** Where the sentences of findings begin. */
const indent = 11;

function showCheck(check: Check, screen: Screen): void {
  const where = check.connection === null ? '' : `${check.connection}: `;
  const word = screen.tone(tones[check.status], check.status.padEnd(8));
  const inZone = (sentence: string) => sentence.replace(isoInstant, (iso) => screen.instant(iso));
  screen.line(`  ${word} ${where}${inZone(check.message)}`, indent);
  if (check.fix !== null && check.status !== 'ok')
    screen.line(`             ${text.fix(formatAction(inZone(check.fix)))}`);
}

/** Findings carry instants as ISO 8601; a person reads them in the zone of the output. */
const isoInstant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
