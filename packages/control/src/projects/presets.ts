import { ApiError, defineRoute, iso, projectParam, type Route, time, z } from '@auraimage/http';
import type { Preset } from '@auraimage/ports';
import { GRAVITIES, isPresetName, MAX_SEGMENT_LENGTH, parsePreset } from '@auraimage/protocol';
import { actorOf } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { MAX_PRESETS } from './rules.js';

/** Share of the picture or of full opacity. At 0 a watermark would not be seen. */
const share = (description: string, byDefault: number) =>
  z.number().min(0.01).max(1).default(byDefault).openapi({ description });

const watermarkBody = z.strictObject({
  key: z.string().max(255).openapi({
    description: 'Key of a public image of the project',
    example: 'brand/logo',
  }),
  position: z.enum(GRAVITIES).default('bottom-right'),
  scale: share("Its width as a share of the picture's width, 0.01 to 1", 0.25),
  opacity: share('0.01 to 1, which is the image as it is', 1),
  tile: z
    .boolean()
    .default(false)
    .openapi({ description: 'Whether it is repeated over the whole picture' }),
});

const rules = {
  transform: z.string().max(MAX_SEGMENT_LENGTH).openapi({
    description: 'Transform options with commas between them, as in an address',
    example: 'w=640,h=360,fit=auto,q=70',
  }),
  open: z.boolean().openapi({
    description: 'Whether private images are shown through the preset without a token',
  }),
};

const presetBody = z
  .object({
    name: z.string().openapi({ example: 'card' }),
    ...rules,
    watermark: watermarkBody.nullable(),
    updatedAt: time(),
  })
  .openapi('Preset');

const newPresetBody = z.strictObject({
  transform: rules.transform,
  open: rules.open.default(false),
  watermark: watermarkBody.nullable().default(null),
});

const presetParams = projectParam.extend({
  name: z.string().openapi({
    description: '2 to 40 characters of `a-z`, `0-9` and `-`, the first one a letter',
    example: 'card',
  }),
});

function toPresetBody({ name, transform, open, watermark, updatedAt }: Preset) {
  return {
    name,
    transform,
    open,
    watermark: watermark && { ...watermark },
    updatedAt: iso(updatedAt),
  };
}

/** `/v1/projects/{project}/presets` */
export function presetRoutes({ ports: { presets }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/presets',
      hosts: ['app'],
      access: access.can('presets.view'),
      doc: {
        operationId: 'listPresets',
        tags: ['Presets'],
        summary: 'List presets',
        description: 'Every preset of the project, by name.',
      },
      params: projectParam,
      success: {
        status: 200,
        schema: z.object({ presets: z.array(presetBody) }),
        description: 'The presets',
      },
      handler: async ({ access }) => ({
        presets: (await presets.list(access.project.id)).map(toPresetBody),
      }),
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/presets/{name}',
      hosts: ['app'],
      access: access.can('presets.view'),
      doc: { operationId: 'getPreset', tags: ['Presets'], summary: 'Get a preset' },
      params: presetParams,
      errors: ['preset_not_found'],
      success: { status: 200, schema: presetBody, description: 'The preset' },
      handler: async ({ access, params }) => {
        const all = await presets.list(access.project.id);
        const found = all.find(({ name }) => name === params.name);
        if (found === undefined) throw new ApiError('preset_not_found');
        return toPresetBody(found);
      },
    }),

    defineRoute({
      method: 'PUT',
      path: '/v1/projects/{project}/presets/{name}',
      hosts: ['app'],
      access: access.can('presets.change'),
      doc: {
        operationId: 'putPreset',
        tags: ['Presets'],
        summary: 'Create or replace a preset',
        description:
          'Every read uses the preset in this form from the response on; copies in browsers and caches stay until they expire. A project can have 100 presets. A preset cannot have the name of a folder of images: `card` is refused while the project has `card/photo`, and this name is refused while there is a preset `card`.',
      },
      params: presetParams,
      body: newPresetBody,
      errors: [
        'preset_malformed',
        'preset_limit',
        'preset_name_taken',
        'watermark_not_found',
        'project_not_found',
      ],
      success: { status: 200, schema: presetBody, description: 'The preset' },
      handler: async ({
        access,
        params: { name },
        body: { open, watermark, ...body },
        context,
      }) => {
        const { principal, project } = access;
        if (!isPresetName(name)) {
          throw new ApiError('preset_malformed', {
            message: `${JSON.stringify(name.slice(0, 100))} cannot be a preset's name: use 2 to 40 characters of a-z, 0-9 and "-", the first one a letter`,
          });
        }
        const parsed = parsePreset(body.transform);
        if (!parsed.ok) throw new ApiError('preset_malformed', { message: parsed.problem });
        const origin = { actor: actorOf(principal), address: context.client };
        const stored = await presets.put(
          project.id,
          { name, transform: parsed.text, open, watermark },
          MAX_PRESETS,
          origin,
        );
        if (typeof stored === 'object') return toPresetBody(stored.preset);
        switch (stored) {
          case 'folder_exists':
            throw new ApiError('preset_name_taken', {
              message: `The project has images whose name begins with "${name}/": rename them, or use another name for the preset`,
            });
          case 'watermark_missing':
            throw new ApiError('watermark_not_found', {
              message: `The project has no public image with the key ${JSON.stringify((watermark?.key ?? '').slice(0, 255))}`,
            });
          case 'limit_reached':
            throw new ApiError('preset_limit');
          case 'project_missing':
            throw new ApiError('project_not_found');
        }
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/presets/{name}',
      hosts: ['app'],
      access: access.can('presets.change'),
      doc: {
        operationId: 'deletePreset',
        tags: ['Presets'],
        summary: 'Delete a preset',
        description: 'Addresses with the preset are 404 from the response on.',
      },
      params: presetParams,
      errors: ['preset_not_found'],
      success: { status: 204, description: 'Deleted' },
      handler: async ({ access, params, context }) => {
        const origin = { actor: actorOf(access.principal), address: context.client };
        const removed = await presets.remove(access.project.id, params.name, origin);
        if (!removed) throw new ApiError('preset_not_found');
        return undefined;
      },
    }),
  ];
}
