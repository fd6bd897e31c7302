import { alertErrors } from './errors/alert.ts';
import { commandErrors } from './errors/command.ts';
import { crmErrors } from './errors/crm.ts';
import { importErrors } from './errors/import.ts';
import { installErrors } from './errors/install.ts';
import { linkErrors } from './errors/link.ts';
import { mappingErrors } from './errors/mapping.ts';
import { matchErrors } from './errors/match.ts';
import { planErrors } from './errors/plan.ts';
import { programErrors } from './errors/program.ts';
import { signInErrors } from './errors/sign-in.ts';
import { storeErrors } from './errors/store.ts';
import { syncErrors } from './errors/sync.ts';

/**
 * When a failed action is worth repeating.
 * never: only a person can fix it · backoff: heals by itself, try again with jitter · after: heals at a named time ·
 * signIn: repeat once a new sign-in has succeeded.
 */
export type RetryClass = 'never' | 'backoff' | 'after' | 'signIn';

/** One registered error. `{name}` in message and actions is replaced by the value of that name in the error's data. */
export interface ErrorDefinition {
  /** What happened and, where it matters, what did not happen. */
  message: string;
  /** The next steps, the best first; never empty. */
  actions: readonly string[];
  retry: RetryClass;
  /** Exit code of a command that ends with it. (Default: 1) */
  exit?: number;
  /** HTTP status of a request that ends with it. (Default: 500) */
  http?: number;
}

/** Every error that a user can meet, by code. Codes are never reused. docs/errors.md lists the same set. */
export const errorRegistry = {
  ...alertErrors,
  ...commandErrors,
  ...crmErrors,
  ...importErrors,
  ...linkErrors,
  ...installErrors,
  ...mappingErrors,
  ...matchErrors,
  ...planErrors,
  ...programErrors,
  ...signInErrors,
  ...storeErrors,
  ...syncErrors,
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorRegistry;

/** Without a sign-in nothing is known of any record: what was to be written waits until somebody has mended it. */
export const notSignedIn: readonly ErrorCode[] = ['CRM_SIGN_IN', 'CRM_SIGN_IN_ENDED', 'CRM_SIGN_IN_FILE'];

/** Values named in the message; printed as they are, so never a secret. */
export type ErrorData = Record<string, unknown>;

/** A place in a file that a person wrote: what an editor needs to jump there. Line and column start at 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
  /** The key path inside the file, such as attributes.tier.field. */
  path?: string;
}

/** The only error that the product throws on purpose: a code of the registry, its data and, if any, its cause. */
export class TierlinkError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;
  readonly actions: readonly string[];
  readonly retry: RetryClass;
  readonly exit: number;
  readonly http: number;
  /** For retry class `after`: the instant (epoch ms) from which a new attempt makes sense. */
  readonly retryAt: number | undefined;

  constructor(code: ErrorCode, data: ErrorData = {}, options: { cause?: unknown; retryAt?: number } = {}) {
    const definition: ErrorDefinition = errorRegistry[code];
    super(
      fillTemplate(definition.message, data),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'TierlinkError';
    this.code = code;
    this.data = data;
    this.actions = actionsFor(definition, data);
    this.retry = definition.retry;
    this.exit = definition.exit ?? 1;
    this.http = definition.http ?? 500;
    this.retryAt = options.retryAt;
  }
}

export function isTierlinkError(error: unknown, code?: ErrorCode): error is TierlinkError {
  return error instanceof TierlinkError && (code === undefined || error.code === code);
}

/** What to do, without what is about something known not to exist, as long as something else is left to do. */
function actionsFor({ actions }: ErrorDefinition, data: ErrorData): string[] {
  const possible = actions.filter((action) => !namesNothing(action, data));
  const chosen = possible.length > 0 ? possible : actions;
  return chosen.map((action) => fillTemplate(action, data).replace(/ {2,}/g, ' '));
}

/** Whether an action is about something that is given as null, or is to be given as a whole and was not. */
function namesNothing(action: string, data: ErrorData): boolean {
  const [, whole] = /^\{(\w+)\}$/.exec(action) ?? [];
  if (whole !== undefined && data[whole] === undefined) return true;
  return [...action.matchAll(/\{(\w+)\}/g)].some(([, name = '']) => data[name] === null);
}

/**
 * Replaces {name} by data.name; a missing value is printed as a question mark rather than hiding the message. What others
 * say may end as a sentence does.
 */
function fillTemplate(template: string, data: ErrorData): string {
  return template.replace(/\{(\w+)\}(\.?)/g, (_match, name: string, stop: string) => {
    const value = String(data[name] ?? '?');
    return /\S[.?!]$/.test(value) ? value : `${value}${stop}`;
  });
}
