import { formatCount } from '../ui/format.js';

export const projects = {
  title: 'Projects',
  create: 'New project',
  createTitle: 'New project',
  createText: 'A project keeps its images and its serve secret to itself.',
  createAction: 'Create project',
  created: (name: string) => `${name} is ready`,
  name: 'Name',
  nameHint: 'Small letters, digits and dashes. It is a part of every address of its images.',
  nameCheck: {
    failed: (reason: string) =>
      `The name could not be checked; you may try it all the same. ${reason}`,
    checking: 'Looking whether it is free…',
    available: 'This name is free',
    invalid: '2 to 40 small letters, digits and dashes.',
    reserved: 'This name is reserved for the server itself.',
    taken: 'This name is taken.',
  },
  list: 'Your projects',
  images: (count: number) => (count === 1 ? '1 image' : `${formatCount(count)} images`),
  used: (used: string) => `${used} stored`,
  usedOf: (used: string, quota: string) => `${used} of ${quota}`,
  quotaNear: 'Almost full',
  quotaFull: 'Full',
  empty: {
    title: 'Your first project',
    text: 'A project holds your images behind one name. Three steps lead to a first private picture:',
    steps: [
      'Create a project.',
      'Copy its settings into your app’s .env file: Settings has them ready to copy.',
      'Upload a picture as private, and share it by a signed link that expires.',
    ],
  },
  deletions: {
    title: 'Deletions',
    running: (removed: number, images: number) =>
      `${formatCount(removed)} of ${formatCount(images)} images removed`,
    ended: 'Deleted',
    progress: (name: string) => `Deletion of ${name}`,
    explanation: 'Nothing of it is served any more. Its name is free again once this has ended.',
  },
  env: {
    title: 'Use it in your app',
    text: 'Lines for your app’s .env file. The serve secret is filled in when you copy.',
    file: '.env',
    secretKeyPlaceholder: 'sk_live_…',
    secretKeyHint:
      'AURA_SECRET_KEY is a secret key: create one below. It is shown once, so the copied line has a placeholder.',
  },
} as const;
