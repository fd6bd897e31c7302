/** login() and logout() of the SOAP API, and what it tells of the user. */

import type { SimulatorContext } from '../context.ts';
import { activeUser } from '../oauth/token.ts';
import { textOf, type XmlElement, type XmlOutput } from '../xml.ts';
import { SoapFault } from './envelope.ts';

/** The password of every user, and what clients that come from afar put behind it. */
export const PASSWORD = 'simulated-password';
export const SECURITY_TOKEN = 'simulated-token';
/** login() does not exist from this version on. */
const FIRST_WITHOUT_LOGIN = 65;
const SESSION_SECONDS = 7200;

const currencySymbols: Readonly<Record<string, string>> = { USD: '$', EUR: '€' };

export function hasLogin(version: string): boolean {
  return Number.parseFloat(version) < FIRST_WITHOUT_LOGIN;
}

/** What getUserInfo() answers. */
export function userInfo(userId: string, { org }: SimulatorContext): { [name: string]: XmlOutput } {
  const user = org.rowById('User', userId) ?? {};
  const organization = org.rowById('Organization', org.id) ?? {};
  const text = (value: unknown): string => String(value ?? '');
  const currency = text(organization.DefaultCurrencyIsoCode);
  return {
    accessibilityMode: false,
    chatterExternal: false,
    currencySymbol: currencySymbols[currency] ?? currency,
    orgAttachmentFileSizeLimit: 5_242_880,
    orgDefaultCurrencyIsoCode: currency,
    orgDefaultCurrencyLocale: 'en_US',
    orgDisallowHtmlAttachments: false,
    orgHasPersonAccounts: false,
    organizationId: org.id,
    organizationMultiCurrency: false,
    organizationName: text(organization.Name),
    profileId: text(user.ProfileId),
    roleId: user.UserRoleId ? text(user.UserRoleId) : null,
    sessionSecondsValid: SESSION_SECONDS,
    userDefaultCurrencyIsoCode: null,
    userEmail: text(user.Email),
    userFullName: text(user.Name),
    userId,
    userLanguage: text(user.LanguageLocaleKey || 'en_US'),
    userLocale: text(user.LocaleSidKey || 'en_US'),
    userName: text(user.Username),
    userTimeZone: text(user.TimeZoneSidKey || 'GMT'),
    userType: text(user.UserType || 'Standard'),
    userUiSkin: 'Theme3',
  };
}

function userOf(username: string, context: SimulatorContext): string | undefined {
  try {
    const user = activeUser(username, context);
    return user === undefined ? undefined : String(user.Id);
  } catch {
    return undefined;
  }
}

/** Opens a session. @throws SoapFault INVALID_LOGIN */
export function login(
  args: XmlElement,
  { context, version }: { context: SimulatorContext; version: string },
): XmlOutput {
  const userId = userOf(textOf(args.username) ?? '', context);
  const password = textOf(args.password);
  if (userId === undefined || (password !== PASSWORD && password !== PASSWORD + SECURITY_TOKEN))
    throw new SoapFault(
      'sf:INVALID_LOGIN',
      'INVALID_LOGIN: Invalid username, password, security token; or user locked out.',
    );
  const url = (letter: string) =>
    `${context.baseUrl()}/services/Soap/${letter}/${version}/${context.org.id.slice(0, 15)}`;
  return {
    metadataServerUrl: url('m'),
    passwordExpired: false,
    sandbox: context.org.rowById('Organization', context.org.id)?.IsSandbox === true,
    serverUrl: url('u'),
    sessionId: context.tokens.issue(userId),
    userId,
    userInfo: userInfo(userId, context),
  };
}
