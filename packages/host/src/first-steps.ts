import { createSetupLink } from '@auraimage/control';
import { ApiError } from '@auraimage/http';
import type { Clock, Identity, Invitations, ProjectRegistry } from '@auraimage/ports';
import { AuraImage } from '@auraimage/sdk';
import { type EnvBlock, formatEnvBlock, provisionProject } from './provision.js';

const FIRST_PROJECT = 'my-app';

/** Where there is no terminal: the first project's secrets, and the set-up link of the last start. */
export const PROJECT_FILE = 'first-start.txt';
export const LINK_FILE = 'setup-link.txt';

/** Shows secrets on a terminal, and writes them to a file that only the operator can read where there is none. */
export interface SecretOutput {
  /** Of the file. */
  readonly path: string;
  /**
   * @param text with secrets; the file collects the texts of this start
   * @param instead without secrets, for an output that is no terminal
   */
  show(text: string, instead: string): Promise<void>;
  /** Removes the file of an earlier start. */
  remove(): Promise<void>;
}

export interface FirstStepsPorts {
  readonly registry: ProjectRegistry;
  readonly identity: Identity;
  readonly invitations: Invitations;
  readonly clock: Clock;
}

export interface FirstStepsOptions {
  readonly cdnUrl: string;
  readonly appUrl: string;
  /** Storage limit of new projects in bytes. */
  readonly projectQuota?: number | undefined;
  /**
   * What happens to set-up links of earlier starts: where several servers share the database, one that starts must not
   * revoke the link that another one has just shown.
   */
  readonly earlierLinks: 'end' | 'keep';
  /** The sample image, a JPEG. */
  readonly picture: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Sends a request to the server itself, which may not be reachable at its public address yet. */
  readonly send: (request: Request) => Promise<Pick<Response, 'status' | 'text'>>;
  readonly project: SecretOutput;
  readonly link: SecretOutput;
  /** Shows a text without secrets. */
  readonly say: (text: string) => void;
}

/**
 * On the first start, creates a project with a sample image. While nobody has an account, shows a set-up link. If
 * several servers start together on an empty database, one of them creates the project. The first start that finds an
 * account and creates no project removes the files of the outputs.
 */
export async function welcomeFirstUser(
  ports: FirstStepsPorts,
  options: FirstStepsOptions,
): Promise<void> {
  const { registry, identity } = ports;
  const { project, link: linkOutput } = options;
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  const block = isNew ? await provisionFirst(registry, options) : null;
  if (block !== null) await showProject(block, options);
  if (!(await identity.hasUsers())) {
    const accountId = await registry.firstAccount();
    const link = await createSetupLink(ports, options, accountId, options.earlierLinks);
    await linkOutput.show(
      `# Make your account: ${link}\n`,
      `# Make your account: the link is in ${linkOutput.path}\n`,
    );
  } else if (block === null) {
    await Promise.all([project.remove(), linkOutput.remove()]);
  }
}

async function showProject(block: EnvBlock, options: FirstStepsOptions): Promise<void> {
  const { path, show } = options.project;
  await show(
    `# First start: put these lines into your app's .env. The secret key is not shown again.
${formatEnvBlock(block)}
`,
    `# First start: the lines for your app's .env are in ${path}\n`,
  );
  const sample = await uploadSample(block, options).catch((error: unknown) => {
    // The limits of the settings may forbid the sample: start anyway.
    options.say(`# No sample image: ${error instanceof Error ? error.message : error}\n\n`);
    return null;
  });
  if (sample === null) return;
  const refused = `# A private sample image. Without a token it is refused (403):\n${sample.unsigned}\n`;
  await show(
    `${refused}# With a token it is served (200) for one hour:\n${sample.signed}\n`,
    `${refused}# With a token it is served (200) for one hour: that link is in ${path}\n`,
  );
}

/** `null` if another server was first: it has shown the key. */
async function provisionFirst(
  registry: ProjectRegistry,
  { projectQuota, cdnUrl }: FirstStepsOptions,
): Promise<EnvBlock | null> {
  const project = { name: FIRST_PROJECT, quotaBytes: projectQuota ?? null };
  try {
    return await provisionProject(registry, project, cdnUrl);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'project_name_taken') return null;
    throw error;
  }
}

/** Two URLs of one private image. */
interface SampleLinks {
  /** Answered with 403. */
  readonly unsigned: string;
  /** Answered with 200 for an hour. */
  readonly signed: string;
}

/** Uploads a private image as the code of an app does, and signs a URL of it. */
async function uploadSample(
  block: EnvBlock,
  { picture, send }: Pick<FirstStepsOptions, 'picture' | 'send'>,
): Promise<SampleLinks> {
  const aura = new AuraImage(block);
  const token = await aura.signUpload({ visibility: 'private', expiresIn: 60 });
  const form = new FormData();
  form.append('file', new File([await picture()], 'northern-lights.jpg', { type: 'image/jpeg' }));
  const headers = { 'X-Aura-Signature': token };
  const response = await send(
    new Request(new URL('/v1/upload', block.cdnUrl), { method: 'POST', headers, body: form }),
  );
  if (response.status !== 201) throw new Error(`the sample upload was answered ${response.status}`);
  const { url, key } = JSON.parse(await response.text()) as { url: string; key: string };
  return { unsigned: url, signed: await aura.getSignedUrl(key) };
}
