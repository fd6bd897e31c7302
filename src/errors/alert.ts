import type { ErrorDefinition } from '../errors.ts';

/** Errors of telling people what is wrong. */
export const alertErrors = {
  ALERT_CHANNEL_NONE: {
    message: 'No channel for alerts is set up. Nothing was sent.',
    actions: ['Add one below "alerts: channels:" in tierlink.yaml; docs/alerts.md has one of each kind'],
    retry: 'never',
    exit: 2,
  },
  ALERT_CHANNEL_UNKNOWN: {
    message: 'There is no channel named {channel}. Nothing was sent.',
    actions: ['Use one of: {known}'],
    retry: 'never',
    exit: 2,
  },
  ALERT_SECRET_MISSING: {
    message: '{name} is not set, and channel {channel} cannot send without it. Nothing was sent.',
    actions: ['Set it in .env or the environment, or a file with it in {name}_FILE', 'See: tierlink config'],
    retry: 'never',
    exit: 2,
  },
  ALERT_URL_UNSAFE: {
    message: '{name} cannot be used: {reason}. Nothing was sent to channel {channel}.',
    actions: ['Set it to the address that the receiver gave you, which begins with https://'],
    retry: 'never',
    exit: 2,
  },
  ALERT_REFUSED: {
    message: 'Channel {channel} did not take the message: {answer}.',
    actions: [
      'Check its format, sender and receivers in tierlink.yaml, and that its address is still the right one',
      'Then: tierlink alerts test {channel}',
    ],
    retry: 'backoff',
  },
  ALERT_SIGN_IN: {
    message: 'Mail server {host} refused the sign-in of channel {channel}: {answer}. Nothing was sent.',
    actions: [
      'Check its user in tierlink.yaml and the password in {name}',
      'Then: tierlink alerts test {channel}',
    ],
    retry: 'backoff',
    exit: 4,
  },
  ALERT_UNREACHABLE: {
    message: 'Channel {channel} cannot be reached at {host}: {reason}. Nothing was sent.',
    actions: [
      'Check the address and port, and that this machine may connect to it',
      'Then: tierlink alerts test {channel}',
    ],
    retry: 'backoff',
  },
  ALERT_NOT_SECRET: {
    message:
      'The way to mail server {host} cannot be kept secret: {reason}. Nothing was sent to channel {channel}.',
    actions: [
      'Where an authority of your own signed its certificate, set NODE_EXTRA_CA_CERTS to the PEM file of that authority',
      'Check tls and port in tierlink.yaml: tls: tls goes to a port that is secret from the start, often 465; starttls to the others',
      'Then: tierlink alerts test {channel}',
    ],
    retry: 'backoff',
  },
  ALERT_TIMED_OUT: {
    message:
      'Channel {channel} did not answer within {seconds} seconds; whether the message arrived is not known.',
    actions: ['Check that {host} works, then: tierlink alerts test {channel}'],
    retry: 'backoff',
  },
  ALERT_UNKNOWN: {
    message: 'No alert {key} is open. Nothing was changed.',
    actions: ['See those that are: tierlink alerts list'],
    retry: 'never',
    exit: 2,
    http: 404,
  },
} as const satisfies Record<string, ErrorDefinition>;
