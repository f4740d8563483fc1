import { CopyButton } from './copy-button.js';

/** Lines to copy. Pass `copyText` if the copied text differs from the shown text. */
export function CodeBlock({
  code,
  of,
  copyText = code,
}: {
  readonly code: string;
  readonly of: string;
  readonly copyText?: string | (() => Promise<string>);
}) {
  return (
    <figure className="overflow-hidden rounded-md border border-line bg-sunken">
      <figcaption className="flex items-center justify-between gap-3 border-b border-line py-1 pr-1 pl-3">
        <span className="truncate font-mono text-xs text-muted">{of}</span>
        <CopyButton variant="quiet" text={copyText} of={of} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3 font-mono text-[0.8125rem] leading-6">
        {code}
      </pre>
    </figure>
  );
}
