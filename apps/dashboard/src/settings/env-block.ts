export interface EnvFacts {
  readonly projectName: string;
  readonly cdnUrl: string;
  readonly serveSecret: string;
  readonly secretKey: string;
}

/** The lines for an app's `.env` file, in the order of the documentation. */
export const formatEnv = ({ projectName, cdnUrl, serveSecret, secretKey }: EnvFacts): string =>
  `AURA_SECRET_KEY=${secretKey}
AURA_SERVE_SECRET=${serveSecret}
NEXT_PUBLIC_AURA_PROJECT_NAME=${projectName}
NEXT_PUBLIC_AURA_CDN_URL=${cdnUrl}
`;
