import type { ErrorDefinition } from '../errors.ts';

/** Errors of signing in by browser, and of what such a sign-in keeps. */
export const signInErrors = {
  CRM_SIGN_IN_ENDED: {
    message: 'The sign-in by browser of {connection} no longer holds: {reason}. Nothing was read or written.',
    actions: ['Sign in again: tierlink connect --connection {connection} --browser'],
    retry: 'never',
    exit: 4,
    http: 401,
  },
  CRM_SIGN_IN_FILE: {
    message: 'The sign-in of {connection} in {file} cannot be used: {reason}. Nothing was read or written.',
    actions: ['{remedy}', 'Sign in again: tierlink connect --connection {connection} --browser'],
    retry: 'never',
    exit: 4,
  },
  CRM_SIGN_IN_BUSY: {
    message:
      'Another process has been at the sign-in of {connection} for too long: {holder}. Nothing was read or written.',
    actions: [
      'Let that process go on, or end it if it stands still.',
      'A running tierlink start then goes on by itself; otherwise run the command again.',
    ],
    retry: 'backoff',
    http: 503,
  },
  SIGN_IN_DENIED: {
    message: 'The sign-in to {connection} did not succeed: {reason}. Nothing was kept.',
    actions: [
      'Sign in as a user who may use the app, and allow it: tierlink connect --connection {connection} --browser',
    ],
    retry: 'never',
    exit: 4,
    http: 401,
  },
  SIGN_IN_TIMEOUT: {
    message: 'Nobody signed in to {connection} within {minutes} minutes. Nothing was kept.',
    actions: [
      'Close older windows: what came back from the browser was {strangers}, and was turned away.',
      'Begin again: tierlink connect --connection {connection} --browser',
      'On a machine without a browser: tierlink connect --connection {connection} --no-browser',
    ],
    retry: 'never',
    exit: 4,
  },
  SIGN_IN_PORT: {
    message:
      'Port {port}, to which the browser brings the sign-in back, cannot be listened on: {reason}. Nothing was kept.',
    actions: [
      'End the program that listens there (another tierlink connect, perhaps), then begin again.',
      'Or choose another port with --option callbackPort=..., and give the app the same callback address.',
    ],
    retry: 'never',
    exit: 2,
  },
} as const satisfies Record<string, ErrorDefinition>;
