import { at, click, confirm, type FailingRequest, fill, value } from './failing-steps.js';

const MEMBERS = at('/dashboard/projects/my-app/members');

/** Whom the requests are about. */
export interface MemberFacts {
  /** Link of an unused invitation to the project. */
  joinLink: string;
  /** Email of another member, an editor. */
  member: string;
}

/** On the page of the members, and on that of an invitation to a project. */
export const ofMembers = (facts: MemberFacts): readonly FailingRequest[] => [
  { request: 'GET /v1/projects/{project}/members', path: MEMBERS },
  { request: 'GET /v1/projects/{project}/invitations', path: MEMBERS },
  {
    request: 'POST /v1/projects/{project}/invitations',
    path: MEMBERS,
    prepare: fill('Email (optional)', 'guest@example.com'),
    make: click('Create link'),
    kept: value('Email (optional)'),
    typed: 'guest@example.com',
  },
  {
    request: 'DELETE /v1/projects/{project}/invitations/{id}',
    path: MEMBERS,
    make: click(/^Withdraw/),
  },
  {
    request: 'PATCH /v1/projects/{project}/members/{id}',
    path: MEMBERS,
    make: async (page) => {
      await page.getByLabel(`Role of ${facts.member}`).selectOption('viewer');
    },
    kept: (page) => page.getByLabel(`Role of ${facts.member}`).inputValue(),
    typed: 'editor',
  },
  {
    request: 'DELETE /v1/projects/{project}/members/{id}',
    path: MEMBERS,
    prepare: (page) => click(`Remove ${facts.member}`)(page),
    make: confirm('Remove member'),
  },
  {
    request: 'DELETE /v1/projects/{project}/members/me',
    path: MEMBERS,
    prepare: click('Leave the project'),
    make: confirm('Leave project'),
  },
  {
    request: 'POST /v1/auth/invitations/join',
    path: () => facts.joinLink,
    make: click('Join my-app'),
    hasSignIn: true,
  },
];
