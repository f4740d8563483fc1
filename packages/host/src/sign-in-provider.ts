import { PROVIDER_CALLBACK } from '@auraimage/control';

export interface ProviderSettings {
  readonly oidcIssuer?: string | undefined;
  readonly oidcClientId?: string | undefined;
  readonly oidcClientSecret?: string | undefined;
  readonly oidcEmails: readonly string[];
}

/**
 * What an adapter needs of the settings for the provider at which people sign in. Its key comes from the host.
 *
 * @returns `undefined` if the settings name no provider
 */
export function providerAt(
  appUrl: string,
  { oidcIssuer: issuer, oidcClientId, oidcClientSecret, oidcEmails }: ProviderSettings,
) {
  if (issuer === undefined || oidcClientId === undefined || oidcClientSecret === undefined) {
    return undefined;
  }
  return {
    issuer,
    clientId: oidcClientId,
    clientSecret: oidcClientSecret,
    redirectUri: appUrl + PROVIDER_CALLBACK,
    emails: oidcEmails,
  };
}
