import { pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../model/logger.ts';

/** Names under which a secret could be logged by mistake, at any depth that data has. */
const secretNames = [
  'accessToken',
  'access_token',
  'assertion',
  'authorization',
  'Authorization',
  'clientSecret',
  'client_secret',
  'cookie',
  'password',
  'privateKey',
  'refreshToken',
  'refresh_token',
  'secret',
  'sessionId',
  'token',
];
const redacted = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/** Where log lines go. */
export interface LogStream {
  write(line: string): unknown;
}

/** Logs JSON lines with secrets replaced. */
export function createLogger(level: string, stream: LogStream): Logger {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: redacted, censor: '[secret]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void stream.write(line) },
  );
  return {
    debug: (data, message) => log.debug(data, message),
    info: (data, message) => log.info(data, message),
    warn: (data, message) => log.warn(data, message),
    error: (data, message) => log.error(data, message),
  };
}
