import { type RouteConfig, z } from '@hono/zod-openapi';
import { errors, json, jsonBody, SIGNED_IN, time, whole } from '../openapi.js';
import {
  image,
  imagePage,
  imageParams,
  imageQuery,
  uploadedImage,
  uploadForm,
  visibility,
} from './edge-schemas.js';

const OWNER = [...SIGNED_IN, { secretKey: [] }];
const OWNER_ERRORS = [
  'secret_key_required',
  'secret_key_invalid',
  'project_forbidden',
  'cross_site_request',
] as const;
const tags = ['Images'];

/** Routes that the edge answers, described here so that one document has them all. */
export const EDGE_PATHS: readonly RouteConfig[] = [
  {
    method: 'post',
    path: '/v1/upload',
    operationId: 'upload',
    tags,
    summary: 'Upload an image',
    description:
      'Takes one file as multipart form, checked in this order: token, origin, rate, quota, size, type, and whether it is an image. Answered once the image is durable.',
    security: [{ uploadToken: [] }],
    request: {
      body: { required: true, content: { 'multipart/form-data': { schema: uploadForm } } },
    },
    responses: {
      201: json(uploadedImage, 'The image'),
      ...errors(
        'multipart_required',
        'multipart_malformed',
        'file_missing',
        'file_repeated',
        'body_incomplete',
        'upload_token_required',
        'upload_token_invalid',
        'quota_exceeded',
        'origin_not_allowed',
        'body_timeout',
        'body_too_large',
        'type_not_allowed',
        'image_not_decodable',
        'image_too_large',
        'rate_limited',
        'too_many_uploads',
        'draining',
        'storage_unavailable',
        'storage_full',
      ),
    },
  },
  {
    method: 'get',
    path: '/v1/projects/{project}/images',
    operationId: 'listImages',
    tags,
    summary: 'List images',
    description: 'Newest first. Filters go together.',
    security: OWNER,
    request: { params: imageParams.pick({ project: true }), query: imageQuery },
    responses: {
      200: json(imagePage, 'A page of images'),
      ...errors(...OWNER_ERRORS, 'page_malformed', 'field_invalid'),
    },
  },
  {
    method: 'get',
    path: '/v1/images/{project}/{key}',
    operationId: 'getImage',
    tags,
    summary: 'Get the facts of an image',
    security: OWNER,
    request: { params: imageParams },
    responses: { 200: json(image, 'The image'), ...errors(...OWNER_ERRORS, 'image_not_found') },
  },
  {
    method: 'patch',
    path: '/v1/images/{project}/{key}',
    operationId: 'setVisibility',
    tags,
    summary: 'Make an image public or private',
    description:
      'Once it is answered, nobody gets a private image from the server without a token. Browsers and caches keep copies that they loaded before.',
    security: [{ visibilityToken: [] }, ...OWNER],
    request: { params: imageParams, body: jsonBody(z.object({ visibility })) },
    responses: {
      200: json(z.object({ visibility }), 'The visibility as it is now'),
      ...errors(
        ...OWNER_ERRORS,
        'visibility_malformed',
        'visibility_token_required',
        'visibility_token_invalid',
        'visibility_token_scope',
        'image_not_found',
      ),
    },
  },
  {
    method: 'delete',
    path: '/v1/images/{project}/{key}',
    operationId: 'deleteImage',
    tags,
    summary: 'Delete an image',
    description: 'There is no way back.',
    security: OWNER,
    request: { params: imageParams },
    responses: {
      204: { description: 'The image is gone' },
      ...errors(...OWNER_ERRORS, 'image_not_found'),
    },
  },
  {
    method: 'post',
    path: '/v1/images/{project}/{key}/revoke-links',
    operationId: 'revokeLinks',
    tags,
    summary: 'Stop outstanding links',
    description:
      'Refuses every signed URL of the image that was made before. Links signed after the answer work.',
    security: OWNER,
    request: { params: imageParams },
    responses: {
      200: json(z.object({ linksRevokedAt: time() }), 'Since when'),
      ...errors(...OWNER_ERRORS, 'image_not_found'),
    },
  },
  {
    method: 'get',
    path: '/v1/blurhash/{project}/{key}',
    operationId: 'getBlurhash',
    tags,
    summary: 'Get a blurhash',
    description: 'A private image needs its serve token here as well.',
    security: [{}, { serveToken: [] }],
    request: { params: imageParams },
    responses: {
      200: json(
        z.object({ blurhash: z.string(), width: whole('Pixels'), height: whole('Pixels') }),
        'The blurhash',
      ),
      ...errors('signed_token_required', 'serve_token_invalid', 'image_not_found'),
    },
  },
];
