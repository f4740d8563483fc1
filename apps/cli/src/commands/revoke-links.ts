import type { Command } from 'commander';
import type { Context } from '../context.js';
import { forEachImage } from '../each.js';
import type { SetExit } from '../errors.js';
import { resolveImages } from '../project.js';

interface RevokeOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function revokeLinksCommand(program: Command, ctx: Context, setExit: SetExit): void {
  program
    .command('revoke-links')
    .description('stop every signed link to an image that is out there')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('--json', 'print one JSON object per image')
    .action(async (named: string[], { project, json = false }: RevokeOptions) => {
      const api = await ctx.api();
      const images = await resolveImages(ctx, named, project);
      await forEachImage(ctx, setExit, images, json, async (image) => {
        const { linksRevokedAt } = await api.revokeLinks(image.project, image.key);
        return {
          status: 'revoked',
          linksRevokedAt,
          text: `Links to ${image.project}/${image.key} signed before now have stopped`,
        };
      });
    });
}
