import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TierlinkError } from '../errors.ts';
import { canonicalJson } from '../model/values.ts';
import { type InstallPart, partKinds } from '../sync/installer.ts';
import { actions, type InstallStep } from './steps.ts';

/** An installation as a person reviews it. A file is input from outside: whatever is read from one has passed this schema. */

/** A part beside what was found of it, and the lines that ask for it. */
export const plannedStepSchema = z.strictObject({
  kind: z.enum(partKinds),
  name: z.string().describe('API name; that of a field with its object before it.'),
  label: z.string().describe('What people will see it called.'),
  object: z.string().nullable().describe('Object that it belongs to; null for none.'),
  action: z
    .enum(actions)
    .describe(
      'create: is made. extend: is there, and gets what it lacks. exists: there as it should be. reuse: made by others, and serves. missing: made by others, and not there. byHand: a person has to do it. conflict: there, and does not serve.',
    ),
  type: z.string().nullable().describe("The CRM's word for what it is or will be; null where any serves."),
  adds: z
    .array(z.strictObject({ value: z.string(), label: z.string() }))
    .describe('Values or rights that are added, as the CRM stores them.'),
  note: z.string().nullable().describe('What to know about it; null where the action says all.'),
  setUp: z.string().describe("The way to it in the CRM's own set-up."),
  why: z
    .array(
      z.strictObject({
        file: z.string(),
        line: z.int(),
        path: z.string().describe('Keys that lead to the line, with dots between.'),
      }),
    )
    .describe('Lines of the mappings that ask for it.'),
});

const automationSchema = z.strictObject({
  object: z.string(),
  kind: z.string().describe("The CRM's own word for it."),
  name: z.string(),
  when: z.string().describe('What sets it off.'),
  setUp: z.string().describe("The way to it in the CRM's own set-up."),
});

export const installPlanSchema = z.strictObject({
  tierlinkInstall: z.literal(1).describe('Version of the form of the plan.'),
  id: z.string().describe('Names the plan; made of its contents.'),
  connection: z.string(),
  crm: z.string().describe('Kind of CRM.'),
  orgId: z.string().describe('The org that was looked at.'),
  orgName: z.string().describe('Name of the org.'),
  madeAt: z.string().describe('Instant.'),
  withOptional: z.boolean().describe('Whether optional objects that the org does not have are part of it.'),
  needs: z.string().describe('Hash of what the mappings and the program need.'),
  steps: z.array(plannedStepSchema).describe('In the order in which they are done.'),
  lacks: z
    .array(z.string())
    .nullable()
    .describe(
      'Rights that installing takes and the user does not have; null when that could not be found out.',
    ),
  automations: z
    .array(automationSchema)
    .nullable()
    .describe("The org's own automation that our writes may set off; null when it could not be looked at."),
  automationsUnknown: z.string().nullable().describe('Why it could not be looked at; null when it was.'),
  begun: z
    .strictObject({
      run: z.string(),
      objects: z
        .array(z.string())
        .describe('Objects of which it made something that is not published, and may not be seen for that.'),
    })
    .nullable()
    .describe(
      'Installation that has not come to its end, and that the next one goes on with; null for none.',
    ),
});
export type InstallPlan = z.infer<typeof installPlanSchema>;
export type PlannedStep = InstallPlan['steps'][number];

/** Finds the line of a mapping file at which keys stand. */
export type LineOf = (file: string, path: readonly string[]) => number;

/** A step as a plan has it. */
export function plannedStep({ part, found, action, adds, note }: InstallStep, lineOf: LineOf): PlannedStep {
  const { kind, name, label, object, setUp, want } = part;
  const why = part.why.map(({ file, path }) => ({ file, line: lineOf(file, path), path: path.join('.') }));
  const type = found?.type ?? want.types[0] ?? null;
  const added = adds.map((value) => ({ value, label: want.includes[value] ?? value }));
  return { kind, name, label, object, action, type, adds: added, note, setUp, why };
}

/** Identifies what is needed, whatever the lines are at which it stands. */
export function needsHash(parts: readonly InstallPart[]): string {
  const bare = JSON.stringify(parts, (key, value: unknown) => (key === 'why' ? undefined : value));
  return createHash('sha256').update(bare).digest('hex');
}

/** A plan with the id that its contents have. */
export function withId(plan: Omit<InstallPlan, 'id' | 'tierlinkInstall'>): InstallPlan {
  return { tierlinkInstall: 1, id: idOf(plan), ...plan };
}

function idOf(plan: Omit<InstallPlan, 'id' | 'tierlinkInstall'>): string {
  return `i-${createHash('sha256').update(canonicalJson(plan)).digest('hex').slice(0, 16)}`;
}

/** A plan as a file. */
export function installPlanText(plan: InstallPlan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** Whether a text is a plan of this kind, by its beginning. */
export function isInstallPlan(text: string): boolean {
  return /^\{\s*"tierlinkInstall":/.test(text);
}

/** Reads a plan; `file` names it in errors. Throws INSTALL_INVALID where it is none, or was changed since it was made. */
export function parseInstallPlan(text: string, file: string): InstallPlan {
  const invalid = (reason: string) => new TierlinkError('INSTALL_INVALID', { file, reason });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  const parsed = installPlanSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue!.path.join('.') || 'the file'}: ${issue!.message}`);
  }
  const { tierlinkInstall: _form, id, ...contents } = parsed.data;
  if (idOf(contents) !== id) throw invalid('it was changed since it was made');
  return parsed.data;
}

/** What a plan and the org differ in now, in words; empty where what is left to do is what was reviewed. Pure. */
export function movedSince(planned: InstallPlan, now: readonly InstallStep[]): string[] {
  const reviewed = new Map(planned.steps.map((step) => [`${step.kind} ${step.name}`, step]));
  return now.flatMap(({ part, action, adds }) => {
    const id = `${part.kind} ${part.name}`;
    const was = reviewed.get(id);
    const isReviewed = was?.action === 'create' || was?.action === 'extend';
    if (action === 'create' || action === 'extend') {
      const isNew = adds.some((value) => !was?.adds.some((each) => each.value === value));
      if (!isReviewed || isNew || (action === 'create' && was.action === 'extend'))
        return [`${id} is not as it was when the plan was made`];
    }
    return isReviewed && action === 'missing' ? [`${id} can no longer be made: what it needs is gone`] : [];
  });
}
