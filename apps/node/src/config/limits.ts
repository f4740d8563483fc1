import { availableParallelism } from 'node:os';
import { size, sizeOrNone, sizes, variable, whole } from './values.js';

/** Variables that bound what clients and work may take, with what a person needs to know. */
export const LIMITS = {
  maxUploadBytes: variable(
    'AURA_MAX_UPLOAD_SIZE',
    size,
    '30mb',
    'Largest file, whatever its token allows',
  ),
  maxPixels: variable(
    'AURA_MAX_PIXELS',
    whole(1, 1_000_000_000),
    '50000000',
    'Most pixels of an image, all frames together',
  ),
  maxFrames: variable('AURA_MAX_FRAMES', whole(1, 100_000), '1000', 'Most frames of an animation'),
  imageJobs: variable(
    'AURA_IMAGE_JOBS',
    whole(1, 64),
    String(Math.min(5, availableParallelism() + 1)),
    'Images worked on at the same time',
  ),
  maxConcurrentUploads: variable(
    'AURA_MAX_CONCURRENT_UPLOADS',
    whole(1, 10_000),
    '64',
    'Uploads under way at once; more are answered 503',
  ),
  uploadsPerClient: variable(
    'AURA_UPLOADS_PER_MINUTE_PER_CLIENT',
    whole(1, 1_000_000),
    '120',
    'Uploads a minute from one network address, or one IPv6 network of 64 bits',
  ),
  uploadsPerProject: variable(
    'AURA_UPLOADS_PER_MINUTE_PER_PROJECT',
    whole(1, 1_000_000),
    '1200',
    'Uploads a minute to one project',
  ),
  cacheBytes: variable(
    'AURA_CACHE_MEMORY',
    sizeOrNone,
    '64mb',
    'Memory for public images kept by the edge cache; 0 for none',
  ),
  cacheDiskBytes: variable(
    'AURA_CACHE_DISK',
    sizeOrNone,
    '1gb',
    'Disk for variants of public images kept by the edge cache; 0 for none',
  ),
  sharedMaxAgeSeconds: variable(
    'AURA_SHARED_MAX_AGE',
    whole(0, 31_536_000).optional(),
    undefined,
    'Seconds that a CDN or cache in front may keep answers about public images, sent as s-maxage; 0 for none. Default: as long as browsers, a year',
  ),
  privateVariantBytes: variable(
    'AURA_PRIVATE_VARIANTS',
    size,
    '1gb',
    'Disk for variants of private images kept in the object store; those read longest ago go first',
  ),
  variantSizes: variable(
    'AURA_VARIANT_SIZES',
    sizes,
    '',
    'Widths that variants may have, such as 320,640,1280 (heights, where no width is named); the nearest larger one is served. Empty: any',
  ),
  maxVariantsPerImage: variable(
    'AURA_MAX_VARIANTS_PER_IMAGE',
    whole(1, 1_000_000),
    '200',
    'Variants of one image kept at once; a further one is answered 429',
  ),
  encodeSecondsPerMinute: variable(
    'AURA_ENCODE_SECONDS_PER_MINUTE',
    whole(1, 100_000),
    '60',
    'Seconds of image work a minute for the new variants of one project',
  ),
  headerTimeoutSeconds: variable(
    'AURA_HEADER_TIMEOUT',
    whole(1, 3600),
    '15',
    'Seconds for a request to send its header fields',
  ),
  bodyIdleSeconds: variable(
    'AURA_BODY_IDLE_TIMEOUT',
    whole(1, 3600),
    '20',
    'Seconds that an upload may send nothing',
  ),
  bodyTotalSeconds: variable(
    'AURA_BODY_TIMEOUT',
    whole(1, 3600),
    '300',
    'Seconds for a whole upload',
  ),
  idleSeconds: variable(
    'AURA_IDLE_TIMEOUT',
    whole(1, 3600),
    '60',
    'Seconds that a reader may take nothing of an answer',
  ),
  maxConnections: variable(
    'AURA_MAX_CONNECTIONS',
    whole(1, 1_000_000),
    '10000',
    'Connections held open at once',
  ),
  drainSeconds: variable(
    'AURA_DRAIN_TIMEOUT',
    whole(0, 3600),
    '30',
    'Seconds that work under way gets to end after SIGTERM',
  ),
} as const;
