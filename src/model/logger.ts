type Write = (data: Record<string, unknown>, message: string) => void;

/** The part of pino that the engine uses; the edge passes one in. */
export interface Logger {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
