export const images = {
  title: 'Images',
  grid: 'Images, newest first',
  search: 'Search by name',
  searchProblem: 'Names have small letters, digits, dashes and dots.',
  filter: 'Visibility',
  filters: { all: 'All', public: 'Public', private: 'Private' },
  upload: 'Upload',
  private: 'private',
  dimensions: (width: number, height: number) => `${width} × ${height}`,
  select: (name: string) => `Select ${name}`,
  notShown: 'Cannot be shown now',
  end: (count: string) => `${count} images. That is all.`,
  endOne: 'One image. That is all.',
  empty: {
    title: 'No image yet',
    text: 'Drop pictures anywhere on this page, paste one, or pick them. You say for each upload whether it is private or public.',
    action: 'Pick images',
  },
  nothingFound: {
    title: 'Nothing found',
    text: 'No image of this project is like that.',
    action: 'Show all images',
  },
  deleteFailed: (count: number, reason: string) =>
    count === 1
      ? `An image could not be deleted: ${reason}`
      : `${count} images could not be deleted: ${reason}`,
  undo: {
    one: '1 image will be deleted',
    many: (count: string) => `${count} images will be deleted`,
    action: 'Undo',
  },
  selection: {
    count: (count: string) => `${count} selected`,
    clear: 'Select nothing',
    makePrivate: 'Make private',
    makePublic: 'Make public',
    delete: 'Delete',
    changeTitle: {
      private: (count: string) =>
        count === '1' ? 'Make 1 image private?' : `Make ${count} images private?`,
      public: (count: string) =>
        count === '1' ? 'Make 1 image public?' : `Make ${count} images public?`,
    },
    changeAction: { private: 'Make private', public: 'Make public' },
    progress: (done: string, total: string) => `${done} of ${total} done`,
    changed: (count: string, visibility: 'public' | 'private') =>
      count === '1' ? `1 image is ${visibility} now` : `${count} images are ${visibility} now`,
  },
} as const;

export const uploads = {
  pick: 'Images to upload',
  leave: 'Some uploads have not ended. Leave the project and cancel them?',
  drop: (project: string) => `Drop images to upload them to ${project}`,
  titleOne: 'Upload 1 image',
  title: (count: string) => `Upload ${count} images`,
  more: (count: string) => `and ${count} more`,
  visibility: 'Who may see them',
  visibilities: {
    private: { label: 'Private', hint: 'Opens only with a signed link that expires.' },
    public: {
      label: 'Public',
      hint: 'Anyone with the address can open it. Browsers keep a copy for up to a year.',
    },
  },
  start: { private: 'Upload as private', public: 'Upload as public' },
  panel: 'Uploads',
  progress: 'Progress of all uploads',
  going: (done: string, all: string) => `${done} of ${all} uploaded`,
  ended: (done: string) => `${done} uploaded`,
  failed: (count: string) => `${count} not`,
  retryAll: 'Try again',
  cancelAll: 'Cancel all uploads',
  clear: 'Clear the list',
  details: 'Show each file',
  cancel: (name: string) => `Cancel ${name}`,
  retry: (name: string) => `Try again: ${name}`,
  remove: (name: string) => `Take ${name} off the list`,
  states: {
    queued: 'Waiting',
    uploading: (percent: number) => `${percent} %`,
    storing: 'Being stored',
    done: 'Uploaded',
    cancelled: 'Cancelled',
    failed: 'Failed',
  },
  /** By the code of `docs/errors.md`, or the kind of failure where no answer came. */
  reasons: {
    network: 'The connection broke. Try again.',
    rate_limited: 'Too many uploads at once. Try again in a minute.',
    quota_exceeded: 'The project is full. Delete images, or have its limit raised.',
    type_not_allowed: 'Not a picture in a format that can be kept.',
    image_not_decodable: 'The file is damaged, or no picture.',
    image_too_large: 'It has too many pixels.',
    body_too_large: 'The file is larger than this server takes.',
    origin_not_allowed: 'Open the dashboard at its public address, then try again.',
    storage_full: 'The server’s disk is full.',
    draining: 'The server is restarting. Try again in a moment.',
  },
} as const;
