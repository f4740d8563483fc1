import { useQuery } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usageQuery, usageTableUrl } from '../api/projects.js';
import type { Usage, UsageDay } from '../api/types.js';
import { cn } from '../ui/cn.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { Segments } from '../ui/segments.js';
import { Loaded, LoadingArea, Skeleton } from '../ui/states.js';
import { BarChart } from '../usage/bar-chart.js';
import { BusiestSections, CsvLink } from '../usage/busiest.js';
import { chartsOf } from '../usage/charts.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/usage')({
  component: UsagePage,
});

const PERIODS = [7, 30, 90] as const;

/** What the project stores and serves, by day. */
function UsagePage() {
  const { project } = Route.useParams();
  useTitle(`Usage · ${project}`);
  const [days, setDays] = useState<(typeof PERIODS)[number]>(30);
  const usage = useQuery({
    ...usageQuery(project, days),
    placeholderData: (before) => before,
  });
  return (
    <PageBody>
      <PageHeader
        title="Usage"
        actions={
          <>
            <Segments
              label="Period"
              choices={PERIODS.map((value) => ({ value, label: `${value} days` }))}
              value={days}
              onChange={setDays}
            />
            <CsvLink what="Usage by day" href={usageTableUrl(project, '', days)} />
          </>
        }
      >
        By day, in UTC. The last day is today and is not complete.
      </PageHeader>
      <Loaded query={usage} skeleton={<UsageSkeleton />}>
        {(data) => (
          <div className="grid gap-6">
            <Totals usage={data} />
            {data.images === 0 && <NothingStored project={project} />}
            <div className="grid gap-6 lg:grid-cols-2">
              {chartsOf(data.days).map((chart) => (
                <BarChart key={chart.title} chart={chart} />
              ))}
            </div>
            <BusiestSections project={project} days={days} />
          </div>
        )}
      </Loaded>
    </PageBody>
  );
}

/** The next step of a project without images. */
function NothingStored({ project }: { readonly project: string }) {
  return (
    <p className="text-muted">
      There is nothing to count yet:{' '}
      <Link
        to="/dashboard/projects/$project"
        params={{ project }}
        className="text-accent underline underline-offset-2"
      >
        upload an image to {project}
      </Link>{' '}
      and open it.
    </p>
  );
}

function UsageSkeleton() {
  return (
    <LoadingArea className="gap-6 lg:grid-cols-2">
      <Skeleton className="h-20 lg:col-span-2" />
      {[0, 1, 2, 3].map((chart) => (
        <Skeleton key={chart} className="h-80" />
      ))}
    </LoadingArea>
  );
}

function Totals({ usage }: { readonly usage: Usage }) {
  const { days, usedBytes, quotaBytes, images } = usage;
  const sum = (value: (day: UsageDay) => number) => days.reduce((all, day) => all + value(day), 0);
  const reads = sum(({ reads: { ok, notModified, refused } }) =>
    [ok, notModified, ...Object.values(refused)].reduce((all, one) => all + one, 0),
  );
  return (
    <dl
      aria-label="Totals"
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 lg:grid-cols-5"
    >
      <Total name="Stored now" note={quotaBytes !== null && `of ${formatBytes(quotaBytes)}`}>
        {formatBytes(usedBytes)}
      </Total>
      <Total name="Images now">{formatCount(images)}</Total>
      <Total name="Reads">{formatCount(reads)}</Total>
      <Total name="Sent">{formatBytes(sum(({ sentBytes }) => sentBytes))}</Total>
      <Total
        name="Uploads"
        note={`${formatCount(sum(({ deletes }) => deletes))} deleted`}
        className="max-lg:sm:col-span-2 max-sm:col-span-2"
      >
        {formatCount(sum(({ uploads }) => uploads))}
      </Total>
    </dl>
  );
}

function Total({
  name,
  note,
  className,
  children,
}: {
  readonly name: string;
  readonly note?: string | false;
  readonly className?: string;
  readonly children: string;
}) {
  return (
    <div className={cn('bg-surface px-4 py-3 tabular-nums', className)}>
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="text-xl leading-8 font-semibold tracking-tight">
        {children}
        {note && (
          <span className="ml-2 text-sm font-normal tracking-normal text-muted">{note}</span>
        )}
      </dd>
    </div>
  );
}
