import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { forEachImage, resolveImages } from '../targets.js';

interface RevokeOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function revokeLinksCommand(program: Command, ctx: Context): void {
  program
    .command('revoke-links')
    .description('revoke every signed link to an image that exists now')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('--json', 'print one JSON object per image')
    .addHelpText(
      'after',
      examples(
        'aura revoke-links abc123xyz0-photo.jpg',
        'aura revoke-links users/42/avatar users/42/cover --project my-app',
      ),
    )
    .action(async (named: string[], { project, json = false }: RevokeOptions) => {
      const api = await ctx.api();
      const images = await resolveImages(ctx, named, project);
      let revoked = false;
      await forEachImage(ctx, images, json, async ({ project, key }) => {
        const { linksRevokedAt, requiresIat } = await api((client) =>
          client.POST('/v1/images/{project}/{key}/revoke-links', {
            params: { path: { project, key } },
          }),
        );
        revoked = true;
        const text = `Links to ${project}/${key} that were signed before now no longer work`;
        return { status: 'revoked', linksRevokedAt, requiresIat, text };
      });
      if (revoked && !json) {
        ctx.output.note(
          'New links need the claim iat, which aura and the SDK set. If your own signer sets none, rotate the serve secret: links signed with the new one need no iat.',
        );
      }
    });
}
