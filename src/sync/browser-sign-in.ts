import type { ConnectorOption, SignIn } from './connector-manifest.ts';

/** How a person signs in by browser: with a code that comes back to this machine (RFC 8252), proven by PKCE (RFC 7636). */
export interface BrowserSignIn {
  /**
   * Prepares a sign-in. Throws CONFIG_INVALID and CONFIG_MISSING naming the option, and what signing in throws where it has
   * to ask the CRM first.
   */
  begin(options: Readonly<Record<string, string>>, request: BrowserRequest): Promise<BrowserStep>;
}

export interface BrowserRequest {
  connection: string;
  /** Where the browser brings the code, as the app has to know it. */
  redirectUri: string;
  /** Comes back with the code. */
  state: string;
}

export interface BrowserStep {
  /** What the person opens. */
  address: string;
  /**
   * Turns the code into what the sign-in file keeps. Throws CRM_SIGN_IN when it is refused, CRM_UNREACHABLE or CRM_BUSY when it
   * may work later.
   */
  exchange(code: string): Promise<string>;
  /** Has the CRM end what was granted, as exchange() gave it, when it is not kept; null where it has no call for that. */
  end: ((kept: string) => Promise<void>) | null;
}

/** Port of the callback address that the READMEs of the connectors have people register. */
export const USUAL_CALLBACK_PORT = 8477;
const CALLBACK_PATH = '/sign-in';

/** The callback address, as it has to be registered in the app. Listened on is loopback alone. */
export function callbackAddress(port: number): URL {
  return new URL(CALLBACK_PATH, `http://localhost:${port}`);
}

/** Of the way to sign in and of its options; every connector that offers it has them by these names. */
export const signInFileKey = 'signInFile';
export const callbackPortKey = 'callbackPort';

export const browserSignIn: SignIn = {
  id: 'browser',
  label: 'a browser (tierlink connect --browser)',
  options: [[signInFileKey]],
};

export const browserOptions: readonly ConnectorOption[] = [
  {
    key: signInFileKey,
    label: 'Sign-in file',
    help: 'File that tierlink connect --browser keeps the sign-in in; for its owner alone.',
    example: './.tierlink/sign-in/NAME.json',
    secret: false,
    required: false,
  },
  {
    key: callbackPortKey,
    label: 'Callback port',
    help: `Port of this machine to which the browser brings a sign-in back. The app has to know the address: ${callbackAddress(USUAL_CALLBACK_PORT).href}.`,
    example: String(USUAL_CALLBACK_PORT),
    secret: false,
    required: false,
    default: String(USUAL_CALLBACK_PORT),
  },
];
