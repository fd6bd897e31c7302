/** What to do in Set-up about a sign-in that was refused. */

const app = 'Setup > External Client App Manager > the app';
const user = 'Setup > Users > the integration user';

/**
 * By error and description, both as the token endpoint answers.
 * https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm
 */
const advice: readonly (readonly [error: RegExp, description: RegExp, what: string])[] = [
  [
    /^invalid_client_id$/,
    /./,
    `Compare the consumer key (clientId) with: ${app} > Settings > OAuth Settings > Consumer Key and Secret; a new app is known after about ten minutes`,
  ],
  [
    /^invalid_client$/,
    /./,
    `Copy the consumer secret (clientSecret) again from: ${app} > Settings > OAuth Settings > Consumer Key and Secret`,
  ],
  [
    /^invalid_(app_access|grant)$/,
    /approved/,
    `Let the integration user use the app, by a permission set or profile of its own: ${app} > Policies > OAuth Policies > Permitted Users`,
  ],
  [
    /^invalid_grant$/,
    /no client credentials user/,
    `Choose the integration user as the one that client credentials run as: ${app} > Policies > OAuth Flows > Enable Client Credentials Flow > Run As`,
  ],
  [
    /^invalid_grant$/,
    /not supported on this domain/,
    "Give the org's own address as loginUrl: Setup > My Domain > Current My Domain URL",
  ],
  [
    /^invalid_grant$/,
    /audience/,
    'Give as loginUrl the address of My Domain, https://login.salesforce.com for production or https://test.salesforce.com for a sandbox',
  ],
  [
    /^invalid_grant$/,
    /assertion/,
    `Upload the certificate that belongs to the private key: ${app} > Settings > OAuth Settings > JWT bearer flow`,
  ],
  [/^invalid_grant$/, /authentication failure/, `See why it was refused: ${user} > Login History`],
  [/^inactive_user$/, /./, `Make the user active: ${user} > Edit > Active`],
];

/** undefined where the answer says it as well as we could. */
export function signInAdvice(error: string, description: string): string | undefined {
  return advice.find(([code, text]) => code.test(error) && text.test(description))?.[2];
}
