import { type MemberFacts, ofMembers } from './failing-members.js';
import { connectProvider, signInAtProvider } from './failing-provider.js';
import { ofSecondFactor, signInStep } from './failing-second-factor.js';
import { at, click, confirm, type FailingRequest, fill, value } from './failing-steps.js';
import { ofWebhooks, type WebhookFacts } from './failing-webhooks.js';

/** Data that exists before anything fails. The project is `my-app`. */
export interface Facts extends MemberFacts, WebhookFacts {
  /** Key of an image. */
  key: string;
  /** Link of an unused invitation. */
  link: string;
  /** Link that sets the password of another person. */
  resetLink: string;
  /** Codes of two pending devices. */
  codeToLookUp: string;
  codeToAnswer: string;
  picture: Buffer;
}

const ACCOUNT = at('/dashboard/account');
const PEOPLE = at('/dashboard/people');
const PROJECTS = at('/dashboard');
const PROJECT = at('/dashboard/projects/my-app');
const PRESETS = at('/dashboard/projects/my-app/presets');
const RECIPIENTS = at('/dashboard/projects/my-app/recipients');
const SETTINGS = at('/dashboard/projects/my-app/settings');

/** Every request of the dashboard, by the part that sends it. */
export const failingRequests = (
  facts: Facts,
): Readonly<Record<string, readonly FailingRequest[]>> => ({
  'before sign-in': [
    {
      request: 'POST /v1/auth/sign-in',
      path: PROJECTS,
      prepare: async (page) => {
        await fill('Email', 'ada@example.com')(page);
        await fill('Password', 'typed once')(page);
      },
      make: click('Sign in'),
      kept: async (page) => [await value('Email')(page), await value('Password')(page)],
      typed: ['ada@example.com', 'typed once'],
      isAnonymous: true,
    },
    { request: 'POST /v1/auth/invitations/check', path: () => facts.link, isAnonymous: true },
    {
      request: 'POST /v1/auth/invitations/accept',
      path: () => facts.link,
      prepare: async (page) => {
        await fill('Email', 'bob@example.com')(page);
        await fill('Choose a password', 'four words of mine')(page);
      },
      make: click('Create account'),
      kept: async (page) => [await value('Email')(page), await value('Choose a password')(page)],
      typed: ['bob@example.com', 'four words of mine'],
      isAnonymous: true,
    },
    {
      request: 'POST /v1/auth/password-resets/check',
      path: () => facts.resetLink,
      isAnonymous: true,
    },
    {
      request: 'POST /v1/auth/password-resets/accept',
      path: () => facts.resetLink,
      prepare: (page) => fill('Choose a password', 'four words of mine')(page),
      make: click('Set password'),
      kept: value('Choose a password'),
      typed: 'four words of mine',
      isAnonymous: true,
    },
    ...signInAtProvider,
    signInStep,
  ],
  'the account': [
    { request: 'GET /v1/auth/sessions', path: ACCOUNT },
    { request: 'GET /v1/auth/cli-tokens', path: ACCOUNT },
    {
      request: 'POST /v1/auth/me/password',
      path: ACCOUNT,
      prepare: async (page) => {
        await fill('Current password', 'the one of now')(page);
        await fill('New password', 'the one of later')(page);
      },
      make: click('Change password'),
      kept: async (page) => [
        await value('Current password')(page),
        await value('New password')(page),
      ],
      typed: ['the one of now', 'the one of later'],
    },
    { request: 'DELETE /v1/auth/sessions/{id}', path: ACCOUNT, make: click(/^End session/) },
    {
      request: 'DELETE /v1/auth/cli-tokens/{id}',
      path: ACCOUNT,
      prepare: click('Revoke a laptop'),
      make: confirm('Revoke token'),
    },
    ...ofSecondFactor,
    connectProvider,
    {
      request: 'POST /v1/auth/sign-out',
      path: ACCOUNT,
      make: async (page) => {
        await click(/^Account menu/)(page);
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
      },
    },
  ],
  people: [
    { request: 'GET /v1/people', path: PEOPLE },
    { request: 'GET /v1/auth/invitations', path: PEOPLE },
    { request: 'PATCH /v1/people/{id}', path: PEOPLE, make: click(/^Make administrator/) },
    {
      request: 'POST /v1/people/{id}/reset-password',
      path: PEOPLE,
      prepare: click(/^Reset password: /),
      make: confirm('Reset password'),
    },
    {
      request: 'DELETE /v1/people/{id}',
      path: PEOPLE,
      prepare: click(/^Remove/),
      make: confirm('Remove person'),
    },
    {
      request: 'POST /v1/auth/invitations',
      path: PEOPLE,
      prepare: fill('Email (optional)', 'guest@example.com'),
      make: click('Create link'),
      kept: value('Email (optional)'),
      typed: 'guest@example.com',
    },
    { request: 'DELETE /v1/auth/invitations/{id}', path: PEOPLE, make: click(/^Withdraw/) },
  ],
  'the list of projects': [
    { request: 'GET /v1/auth/me', path: PROJECTS },
    { request: 'GET /v1/projects', path: PROJECTS },
    { request: 'GET /v1/overview', path: PROJECTS },
    { request: 'GET /v1/deletions', path: PROJECTS },
    {
      request: 'GET /v1/project-names/{name}',
      path: PROJECTS,
      prepare: async (page) => {
        await click('New project')(page);
        await fill('Name', 'next-app')(page);
      },
      // The page checks a name while it is typed.
      make: async (page) => {
        await page.getByLabel('Name').press('End');
        await page.getByLabel('Name').pressSequentially('x');
      },
      kept: async (page) => /^next-appx+$/.test(await value('Name')(page)),
      typed: true,
    },
    {
      request: 'POST /v1/projects',
      path: PROJECTS,
      prepare: async (page) => {
        await click('New project')(page);
        await fill('Name', 'next-app')(page);
        await page.getByText('This name is available').waitFor();
      },
      make: confirm('Create project'),
      kept: value('Name'),
      typed: 'next-app',
    },
    { request: 'GET /v1/audit', path: at('/dashboard/activity') },
  ],
  'the settings of a project': [
    { request: 'GET /v1/projects/{project}', path: SETTINGS },
    { request: 'GET /v1/projects/{project}/secret-keys', path: SETTINGS },
    { request: 'GET /v1/projects/{project}/serve-secret/grace', path: SETTINGS },
    {
      request: 'GET /v1/projects/{project}/serve-secret',
      path: SETTINGS,
      make: click('Show Serve secret'),
    },
    {
      request: 'POST /v1/projects/{project}/secret-keys',
      path: SETTINGS,
      prepare: async (page) => {
        await click('New secret key')(page);
        await fill('Name', 'for the tests')(page);
      },
      make: confirm('Create key'),
      kept: value('Name'),
      typed: 'for the tests',
    },
    {
      request: 'DELETE /v1/projects/{project}/secret-keys/{id}',
      path: SETTINGS,
      prepare: click('Revoke production'),
      make: confirm('Revoke key'),
    },
    {
      request: 'PATCH /v1/projects/{project}',
      path: SETTINGS,
      prepare: fill('Origins, one per line', 'https://typed.example'),
      make: click('Save origins'),
      kept: value('Origins, one per line'),
      typed: 'https://typed.example',
    },
    {
      request: 'POST /v1/projects/{project}/serve-secret/rotate',
      path: SETTINGS,
      prepare: async (page) => {
        await click('Rotate…')(page);
        await page.getByText('They work for 1 more hour').click();
      },
      make: confirm('Rotate secret'),
      kept: (page) => page.getByRole('radio', { name: /1 more hour/ }).isChecked(),
      typed: true,
    },
    {
      request: 'POST /v1/projects/{project}/serve-secret/end-grace',
      path: SETTINGS,
      prepare: click('End it now…'),
      make: confirm('End it now'),
    },
    {
      request: 'DELETE /v1/projects/{project}',
      path: SETTINGS,
      prepare: async (page) => {
        await click('Delete project…')(page);
        await fill('Type my-app to confirm', 'my-app')(page);
      },
      make: confirm('Delete permanently'),
      kept: value('Type my-app to confirm'),
      typed: 'my-app',
    },
  ],
  'the presets of a project': [
    { request: 'GET /v1/projects/{project}/presets', path: PRESETS },
    {
      request: 'PUT /v1/projects/{project}/presets/{name}',
      path: at('/dashboard/projects/my-app/presets/edit'),
      prepare: async (page) => {
        await fill('Name', 'teaser')(page);
        await fill('Other options (optional)', 'gray=true')(page);
      },
      make: click('Create preset'),
      kept: async (page) => [
        await value('Name')(page),
        await value('Other options (optional)')(page),
      ],
      typed: ['teaser', 'gray=true'],
    },
    {
      request: 'DELETE /v1/projects/{project}/presets/{name}',
      path: PRESETS,
      prepare: click('Delete card'),
      make: confirm('Delete preset'),
    },
  ],
  'the members of a project': ofMembers(facts),
  'the webhooks of a project': ofWebhooks(facts),
  'the images of a project': [
    { request: 'GET /v1/projects/{project}/images', path: PROJECT },
    { request: 'GET /v1/projects/{project}/images', path: at(`${PROJECT()}/folders`) },
    {
      request: 'POST /v1/sign',
      path: PROJECT,
      prepare: async (page) => {
        const picking = page.waitForEvent('filechooser');
        await click('Upload')(page);
        await (await picking).setFiles({
          name: 'kept.png',
          mimeType: 'image/png',
          buffer: facts.picture,
        });
      },
      make: async (page) => {
        const first = page.getByRole('button', { name: 'Upload as private' });
        const again = page.getByRole('button', { name: 'Try again: kept.png' });
        await first.or(again).click();
      },
      kept: (page) => page.getByText('kept.png', { exact: true }).count(),
      typed: 1,
    },
    {
      request: 'DELETE /v1/images/{project}/{key}',
      path: PROJECT,
      make: async (page) => {
        await page.getByRole('checkbox', { name: 'Select failing' }).click();
        await click('Delete')(page);
      },
      // The image is shown again.
      kept: (page) => page.getByRole('gridcell').filter({ hasText: 'failing' }).count(),
      typed: 1,
    },
    ...['', '/images', '/presets', '/refusals'].map((list) => ({
      request: `GET /v1/projects/{project}/usage${list}`,
      path: at(`${PROJECT()}/usage`),
    })),
    { request: 'GET /v1/projects/{project}/audit', path: at(`${PROJECT()}/activity`) },
    { request: 'GET /v1/projects/{project}/recipients', path: RECIPIENTS },
    {
      request: 'POST /v1/projects/{project}/recipients/revoke',
      path: RECIPIENTS,
      prepare: click('Revoke customer:42'),
      make: confirm('Revoke recipient'),
    },
  ],
  'an image, and a device': [
    { request: 'GET /v1/images/{project}/{key}', path: () => `${PROJECT()}/images/${facts.key}` },
    {
      request: 'POST /v1/projects/{project}/signed-urls',
      path: () => `${PROJECT()}/images/${facts.key}`,
      make: click('Get a signed link'),
    },
    {
      request: 'PATCH /v1/images/{project}/{key}',
      path: () => `${PROJECT()}/images/${facts.key}`,
      prepare: click('Make public…'),
      make: confirm('Make public'),
    },
    {
      request: 'PATCH /v1/images/{project}/{key}',
      path: () => `${PROJECT()}/images/${facts.key}`,
      prepare: async (page) => {
        await click('Rename…')(page);
        await fill('New name', 'users/42/avatar')(page);
      },
      make: confirm('Rename image'),
      kept: value('New name'),
      typed: 'users/42/avatar',
    },
    {
      request: 'PATCH /v1/images/{project}/{key}',
      path: () => `${PROJECT()}/images/${facts.key}`,
      prepare: async (page) => {
        await click('Edit metadata…')(page);
        await fill('Key 1', 'album')(page);
        await fill('Value 1', 'summer')(page);
      },
      make: confirm('Save metadata'),
      kept: async (page) => [await value('Key 1')(page), await value('Value 1')(page)],
      typed: ['album', 'summer'],
    },
    {
      request: 'PATCH /v1/images/{project}/{key}',
      path: () => `${PROJECT()}/images/${facts.key}`,
      prepare: async (page) => {
        await click('Choose a point…')(page);
        await fill('From the left, in %', '12.5')(page);
      },
      make: confirm('Save point'),
      kept: value('From the left, in %'),
      typed: '12.5',
    },
    {
      request: 'POST /v1/images/{project}/{key}/revoke-links',
      path: () => `${PROJECT()}/images/${facts.key}`,
      prepare: click('Revoke all links…'),
      make: confirm('Revoke links'),
    },
    {
      request: 'POST /v1/auth/device/lookup',
      path: at('/device'),
      prepare: (page) => fill('Code', facts.codeToLookUp)(page),
      make: click('Continue'),
      kept: value('Code'),
      typed: () => facts.codeToLookUp,
    },
    {
      request: 'POST /v1/auth/device/approve',
      path: () => `/device?code=${facts.codeToAnswer}`,
      make: click('Approve'),
    },
    {
      request: 'POST /v1/auth/device/deny',
      path: () => `/device?code=${facts.codeToAnswer}`,
      make: click('Deny'),
    },
  ],
});
