/** What to do in the admin centers about a sign-in that was refused. */

const registration = 'Microsoft Entra admin center > App registrations > the app';
const environment = 'Power Platform admin center > Environments > the environment';
const appUsers = `${environment} > Settings > Users + permissions > Application users`;

/**
 * By the number of Microsoft Entra, or the code of the environment.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const advice: Readonly<Record<string, string>> = {
  AADSTS7000215: `Give the value of a client secret, not its id: ${registration} > Certificates & secrets`,
  AADSTS7000222: `Make a new client secret and give its value: ${registration} > Certificates & secrets > New client secret`,
  AADSTS700016: `Compare clientId and tenantId with: ${registration} > Overview`,
  AADSTS90002: 'Compare tenantId with: Microsoft Entra admin center > Overview > Tenant ID',
  AADSTS500011: `Compare the address of the environment (url) with: ${environment} > Environment URL`,
  AADSTS700027: `Upload the certificate that belongs to the private key: ${registration} > Certificates & secrets > Certificates`,
  '0x80072560': `Add the app to the users of the environment, with a security role: ${appUsers} > New app user`,
  '0x80040225': `Activate the user: ${appUsers}`,
};

/** For a code, or for an answer that begins with one; undefined where nothing more is known. */
export function signInAdvice(said: string): string | undefined {
  return advice[/^(?:AADSTS\d+|0x[0-9a-f]+)/.exec(said)?.[0] ?? ''];
}
