import type { ReactNode } from 'react';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { CopyButton } from '../ui/copy-button.js';
import { formatBytes, formatCount, formatDateTime } from '../ui/format.js';
import { RelativeTime } from '../ui/time.js';

export function Facts({ image }: { readonly image: Image }) {
  const words = texts.image.facts;
  const { key, masterFormat, format, size, width, height, sha256, version } = image;
  const served = format === masterFormat ? '' : `, ${words.served(format.toUpperCase())}`;
  return (
    <section aria-label={words.title} className="grid gap-2">
      <h2 className="text-base">{words.title}</h2>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        <Fact name={words.type}>
          {masterFormat.toUpperCase()}
          {served}
        </Fact>
        <Fact name={words.size}>
          <span title={words.bytes(formatCount(size))}>{formatBytes(size)}</span>
        </Fact>
        <Fact name={words.dimensions}>{words.pixels(width, height)}</Fact>
        <Fact name={words.uploaded}>
          {formatDateTime(image.uploadedAt)} (<RelativeTime iso={image.uploadedAt} />)
        </Fact>
        <Fact name={words.version}>{version}</Fact>
        {image.linksRevokedAt && (
          <Fact name={words.linksStopped}>{formatDateTime(image.linksRevokedAt)}</Fact>
        )}
        <Fact name={words.key}>
          <Copied text={key} of={words.key} />
        </Fact>
        <Fact name={words.sha256}>
          <Copied text={sha256} of={words.sha256} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  );
}

function Copied({ text, of }: { readonly text: string; readonly of: string }) {
  return (
    <span className="flex items-start gap-2">
      <code className="min-w-0 font-mono text-xs leading-5 break-all">{text}</code>
      <CopyButton variant="quiet" className="-mt-1 ml-auto" text={text} of={of} />
    </span>
  );
}
