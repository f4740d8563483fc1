import type { ReactNode } from 'react';
import type { Image } from '../api/types.js';
import { CopyButton } from '../ui/copy-button.js';
import { formatBytes, formatCount, formatDateTime } from '../ui/format.js';
import { RelativeTime } from '../ui/relative-time.js';

/** Type, size, dimensions and identifiers of an image. */
export function ImageFacts({ image }: { readonly image: Image }) {
  const { filename, masterFormat, format, size, width, height, sha256, version } = image;
  return (
    <section aria-label="Facts" className="grid gap-2">
      <h2 className="text-base">Facts</h2>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        {filename !== null && (
          <Fact name="File name">
            <span className="break-all">{filename}</span>
          </Fact>
        )}
        <Fact name="Type">
          {masterFormat.toUpperCase()}
          {format !== masterFormat && `, shown as ${format.toUpperCase()}`}
        </Fact>
        <Fact name="Size">
          <span title={`${formatCount(size)} bytes`}>{formatBytes(size)}</span>
        </Fact>
        <Fact name="Dimensions">
          {width} × {height} pixels
        </Fact>
        <Fact name="Uploaded">
          {formatDateTime(image.uploadedAt)} (<RelativeTime iso={image.uploadedAt} />)
        </Fact>
        <Fact name="Version">{version}</Fact>
        {image.linksRevokedAt && (
          <Fact name="Links revoked">{formatDateTime(image.linksRevokedAt)}</Fact>
        )}
        <Fact name="SHA-256">
          <Copyable text={sha256} of="SHA-256" />
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

function Copyable({ text, of }: { readonly text: string; readonly of: string }) {
  return (
    <span className="flex items-start gap-2">
      <code className="min-w-0 font-mono text-xs leading-5 break-all">{text}</code>
      <CopyButton variant="quiet" className="-mt-1 ml-auto" text={text} of={of} />
    </span>
  );
}
