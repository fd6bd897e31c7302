/** The part of xml2js that the simulators use; the package carries no types of its own. */
declare module 'xml2js' {
  export interface ParserOptions {
    explicitArray?: boolean;
    explicitRoot?: boolean;
    ignoreAttrs?: boolean;
    mergeAttrs?: boolean;
    trim?: boolean;
    attrkey?: string;
    charkey?: string;
    tagNameProcessors?: Array<(name: string) => string>;
    attrNameProcessors?: Array<(name: string) => string>;
  }
  /** Calls back before it returns. */
  export function parseString(
    xml: string,
    options: ParserOptions,
    callback: (error: Error | null, result: unknown) => void,
  ): void;
  export function parseStringPromise(xml: string, options?: ParserOptions): Promise<unknown>;
  export const processors: { stripPrefix(name: string): string };
}
