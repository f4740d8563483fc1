import { PROJECT_ROLES, type ProjectRole } from '@auraimage/ports';

/** Maximum number of members of a project, pending invitations included. */
export const MAX_MEMBERS = 100;

/** Who may do something in a project. */
interface Permission {
  /** The least role: `viewer` is every member, `editor` also owners. */
  readonly role: ProjectRole;
  /** Whether the secret keys of the project may do it, too. */
  readonly secretKey: boolean;
  /** For messages and the docs, behind "may". */
  readonly what: string;
}

/**
 * Who may do what in a project: the one table of it. Every route of a project names one of these permissions in its
 * `access`. `docs/guides/teams.md` shows the table.
 */
export const PERMISSIONS = {
  'project.view': { role: 'viewer', secretKey: false, what: 'see the project' },
  'images.view': { role: 'viewer', secretKey: true, what: 'see images, private ones included' },
  'presets.view': { role: 'viewer', secretKey: false, what: 'see presets' },
  'recipients.view': { role: 'viewer', secretKey: true, what: 'see who reads' },
  'usage.view': { role: 'viewer', secretKey: false, what: 'see usage' },
  'audit.view': { role: 'viewer', secretKey: false, what: 'see the audit log' },
  'events.view': { role: 'viewer', secretKey: false, what: 'see webhooks and their deliveries' },
  'members.view': { role: 'viewer', secretKey: false, what: 'see the members' },
  'project.leave': { role: 'viewer', secretKey: false, what: 'leave the project' },
  'images.upload': { role: 'editor', secretKey: true, what: 'upload images' },
  'images.change': { role: 'editor', secretKey: true, what: 'change images' },
  'images.delete': { role: 'editor', secretKey: true, what: 'delete images' },
  'links.sign': { role: 'editor', secretKey: false, what: 'sign links' },
  'links.revoke': { role: 'editor', secretKey: true, what: 'revoke links and recipients' },
  'presets.change': { role: 'editor', secretKey: false, what: 'change presets' },
  'events.send': { role: 'editor', secretKey: false, what: 'send and listen to events' },
  'project.change': { role: 'owner', secretKey: false, what: 'change settings of the project' },
  'project.delete': { role: 'owner', secretKey: false, what: 'delete the project' },
  'webhooks.manage': { role: 'owner', secretKey: false, what: 'change webhooks' },
  'members.manage': { role: 'owner', secretKey: false, what: 'invite, change and remove members' },
  'secrets.manage': { role: 'owner', secretKey: false, what: 'see and change secrets and keys' },
} as const satisfies Record<string, Permission>;

export type PermissionName = keyof typeof PERMISSIONS;

/** Whether secret keys have a permission. */
export type AllowsSecretKeys<Name extends PermissionName> = (typeof PERMISSIONS)[Name]['secretKey'];

/**
 * Whether a role has a permission.
 *
 * @example
 * hasPermission('viewer', 'images.delete'); // false
 */
export function hasPermission(role: ProjectRole, name: PermissionName): boolean {
  return PROJECT_ROLES.indexOf(role) <= PROJECT_ROLES.indexOf(PERMISSIONS[name].role);
}

/**
 * Why a member may not do something.
 *
 * @example
 * refusalOf('viewer', 'images.delete', 'my-app');
 * // 'Only owners and editors of "my-app" may delete images, and you are a viewer'
 */
export function refusalOf(role: ProjectRole, name: PermissionName, project: string): string {
  const { role: least, what } = PERMISSIONS[name];
  const who = least === 'owner' ? 'owners' : 'owners and editors';
  return `Only ${who} of "${project}" may ${what}, and you are ${role === 'editor' ? 'an' : 'a'} ${role}`;
}
