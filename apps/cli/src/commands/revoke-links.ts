import type { Command } from 'commander';
import type { Context } from '../context.js';
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
    .action(async (named: string[], { project, json = false }: RevokeOptions) => {
      const api = await ctx.api();
      const images = await resolveImages(ctx, named, project);
      await forEachImage(ctx, images, json, async ({ project, key }) => {
        const { linksRevokedAt } = await api((client) =>
          client.POST('/v1/images/{project}/{key}/revoke-links', {
            params: { path: { project, key } },
          }),
        );
        const text = `Links to ${project}/${key} that were signed before now no longer work`;
        return { status: 'revoked', linksRevokedAt, text };
      });
    });
}
