import type { Role } from '../api/types.js';

/** What a role may do, in the order in which they are offered. */
export const ROLES: readonly {
  readonly role: Role;
  readonly label: string;
  readonly may: string;
}[] = [
  { role: 'viewer', label: 'Viewer', may: 'sees images, usage and activity' },
  { role: 'editor', label: 'Editor', may: 'also uploads, changes and deletes, and signs links' },
  { role: 'owner', label: 'Owner', may: 'also manages secrets, settings and members' },
];
