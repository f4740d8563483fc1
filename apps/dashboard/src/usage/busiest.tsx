import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { DownloadIcon } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import {
  usageByImageQuery,
  usageByPresetQuery,
  usageByRefusalQuery,
  usageTableUrl,
} from '../api/projects.js';
import type { UsageByImage, UsageByRefusal } from '../api/types.js';
import { givenName } from '../images/image-names.js';
import { Picture } from '../images/picture.js';
import { TILE_SIZE } from '../images/tile.js';
import { Sparkline } from '../projects/sparkline.js';
import { Button, buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { formatBytes, formatCount, formatItems } from '../ui/format.js';
import { Loaded } from '../ui/states.js';
import { formatSeconds } from './charts.js';

/** Days for which the server counts by name. */
const MAX_DAYS = 30;
/** Rows before "Show all". */
const FEW = 10;

/** Why reads got no picture, and the busiest images and presets. */
export function BusiestSections({ project, days: all }: { project: string; days: number }) {
  const days = Math.min(all, MAX_DAYS);
  const refusals = useQuery({
    ...usageByRefusalQuery(project, days),
    placeholderData: (before) => before,
  });
  const images = useQuery({
    ...usageByImageQuery(project, days),
    placeholderData: (before) => before,
  });
  const presets = useQuery({
    ...usageByPresetQuery(project, days),
    placeholderData: (before) => before,
  });
  const spanned = `In the last ${days} days`;
  return (
    <>
      <Section
        title="Reads without a picture"
        text={`${spanned}: why users may see broken pictures, and what to do.`}
        csv={usageTableUrl(project, '/refusals', days)}
      >
        <Loaded query={refusals}>{(data) => <Refusals refusals={data.refusals} />}</Loaded>
      </Section>
      <Section
        title="Busiest images"
        text={`${spanned}, by the name under which they were read.`}
        csv={usageTableUrl(project, '/images', days)}
      >
        <Loaded query={images}>
          {({ images: found, ...rest }) => (
            <NamedTable
              name="Image"
              none="No image was read in this time."
              rows={found.map(({ key, image, ...counts }) => ({
                ...counts,
                key,
                label: <ImageName project={project} name={key} image={image} />,
              }))}
              {...rest}
            />
          )}
        </Loaded>
      </Section>
      <Section title="Presets" text={`${spanned}.`} csv={usageTableUrl(project, '/presets', days)}>
        <Loaded query={presets}>
          {({ presets: found, ...rest }) => (
            <NamedTable
              name="Preset"
              none="No preset was used in this time."
              rows={found.map(({ preset, ...counts }) => ({
                ...counts,
                key: preset,
                label: <span className="font-mono break-all">{preset}</span>,
              }))}
              {...rest}
            />
          )}
        </Loaded>
      </Section>
    </>
  );
}

/** A link that downloads a list as a table for spreadsheets. */
export function CsvLink({ what, href }: { readonly what: string; readonly href: string }) {
  return (
    <a
      href={href}
      download
      aria-label={`Download as CSV: ${what}`}
      className={buttonVariants({ size: 'sm' })}
    >
      <DownloadIcon />
      CSV
    </a>
  );
}

function Section({
  title,
  text,
  csv,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly csv: string;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex items-end justify-between gap-4">
        <div className="grid gap-0.5">
          <h2 id={id} className="text-lg">
            {title}
          </h2>
          <p className="text-sm text-muted">{text}</p>
        </div>
        <CsvLink what={title} href={csv} />
      </div>
      {children}
    </section>
  );
}

function Refusals({ refusals }: UsageByRefusal) {
  if (refusals.length === 0) return <Nothing>Every read got its picture.</Nothing>;
  return (
    <ul
      aria-label="Reads without a picture"
      className="divide-y divide-line rounded-md border border-line bg-surface"
    >
      {refusals.map(({ reason, title, help, readsByDay }) => (
        <li
          key={reason}
          className="grid items-center gap-x-8 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_15rem]"
        >
          <div className="grid gap-0.5">
            <p className="font-medium">{title}</p>
            <p className="max-w-prose text-sm text-muted">{help}</p>
          </div>
          <Sparkline reads={readsByDay} />
        </li>
      ))}
    </ul>
  );
}

function ImageName({
  project,
  name,
  image,
}: {
  readonly project: string;
  readonly name: string;
  readonly image: UsageByImage['images'][number]['image'];
}) {
  const frame = 'size-10 shrink-0 rounded-sm border border-line';
  return (
    <span className="flex min-w-0 items-center gap-3">
      {image === null ? (
        <span className={cn(frame, 'bg-sunken')} />
      ) : (
        <Picture project={project} image={image} alt="" size={TILE_SIZE} className={frame} />
      )}
      <span className="grid min-w-0">
        {image === null ? (
          <span className="break-all">{givenName(name)}</span>
        ) : (
          <Link
            to="/dashboard/projects/$project/images/$"
            params={{ project, _splat: name }}
            className="break-all text-accent underline-offset-2 hover:underline"
          >
            {givenName(name)}
          </Link>
        )}
        {image === null && <span className="text-xs text-muted">Deleted or renamed</span>}
      </span>
    </span>
  );
}

interface Counts {
  readonly reads: number;
  readonly sentBytes: number;
  readonly encodeSeconds: number;
}

const HEAD = 'border-b border-line px-4 py-2 font-medium';
const CELL = 'px-4 py-2 max-sm:p-0';
const NUMBER = 'text-right whitespace-nowrap tabular-nums max-sm:text-left max-sm:text-muted';

/** Names with their counts as a table; on a phone, each is a block. */
function NamedTable({
  name,
  none,
  rows,
  others,
  margin,
}: {
  readonly name: string;
  /** Shown in place of an empty table. */
  readonly none: string;
  readonly rows: readonly (Counts & { readonly key: string; readonly label: ReactNode })[];
  readonly others: Counts;
  readonly margin: number;
}) {
  const [showsAll, setShowsAll] = useState(false);
  if (rows.length === 0) return <Nothing>{none}</Nothing>;
  const shown = showsAll ? rows : rows.slice(0, FEW);
  return (
    <div className="grid gap-3">
      <div className="overflow-hidden rounded-md border border-line bg-surface">
        <table className="w-full text-left text-sm max-sm:block">
          <caption className="sr-only">{name}s, the most reads first</caption>
          <thead className="text-muted max-sm:sr-only">
            <tr>
              <th scope="col" className={cn(HEAD, 'w-full')}>
                {name}
              </th>
              {['Reads', 'Sent', 'Image work'].map((title) => (
                <th key={title} scope="col" className={cn(HEAD, 'text-right whitespace-nowrap')}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line max-sm:block">
            {shown.map(({ key, label, ...counts }) => (
              <NamedRow key={key} label={label} {...counts} />
            ))}
            {others.reads > 0 && <NamedRow label="All others" {...others} />}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <Button className="justify-self-center" onClick={() => setShowsAll(true)}>
          Show all {rows.length}
        </Button>
      )}
      {margin > 0 && (
        <p className="text-sm text-muted">
          Too many names to count each exactly: a number may be too low by up to{' '}
          {formatItems(margin, 'read')}.
        </p>
      )}
    </div>
  );
}

function NamedRow({
  label,
  reads,
  sentBytes,
  encodeSeconds,
}: Counts & { readonly label: ReactNode }) {
  return (
    <tr className="max-sm:grid max-sm:grid-cols-[auto_auto_1fr] max-sm:gap-x-4 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3">
      <th scope="row" className={cn(CELL, 'font-normal max-sm:col-span-3')}>
        {label}
      </th>
      <td className={cn(CELL, NUMBER)}>
        <span className="max-sm:hidden">{formatCount(reads)}</span>
        <span className="sm:hidden">{formatItems(reads, 'read')}</span>
      </td>
      <td className={cn(CELL, NUMBER)}>{formatBytes(sentBytes)}</td>
      <td className={cn(CELL, NUMBER)}>{formatSeconds(encodeSeconds)}</td>
    </tr>
  );
}

function Nothing({ children }: { readonly children: string }) {
  return (
    <p className="rounded-md border border-line bg-surface px-4 py-6 text-center text-sm text-muted">
      {children}
    </p>
  );
}
