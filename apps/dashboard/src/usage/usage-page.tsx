import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usageQuery } from '../api/usage.js';
import { useProjectName } from '../projects/use-project.js';
import { PageBody } from '../shell/app-shell.js';
import { texts } from '../texts/index.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { Segments } from '../ui/segments.js';
import { Loaded, Skeleton } from '../ui/states.js';
import { BarChart } from './bar-chart.js';
import { chartsOf } from './charts.js';
import { Totals } from './totals.js';

const SPANS = [7, 30, 90] as const;

/** What the project stores and serves, day by day. */
export function UsagePage() {
  const words = texts.usage;
  const project = useProjectName();
  useTitle(`${words.title} · ${project}`);
  const [days, setDays] = useState<(typeof SPANS)[number]>(30);
  const usage = useQuery({
    ...usageQuery(project, days),
    placeholderData: (before) => before,
  });
  return (
    <PageBody>
      <PageHeader
        title={words.title}
        actions={
          <Segments
            label={words.span}
            choices={SPANS.map((value) => ({ value, label: words.spans[value] }))}
            value={days}
            onChange={setDays}
          />
        }
      >
        {words.text}
      </PageHeader>
      <Loaded query={usage} skeleton={<Waiting />}>
        {(data) => (
          <div className="grid gap-6">
            <Totals usage={data} />
            <div className="grid gap-6 lg:grid-cols-2">
              {chartsOf(data.days).map((chart) => (
                <BarChart key={chart.title} chart={chart} />
              ))}
            </div>
          </div>
        )}
      </Loaded>
    </PageBody>
  );
}

function Waiting() {
  return (
    <div role="status" className="grid gap-6 lg:grid-cols-2">
      <span className="sr-only">{texts.common.loading}</span>
      <Skeleton className="h-20 lg:col-span-2" />
      {[0, 1, 2, 3].map((chart) => (
        <Skeleton key={chart} className="h-80" />
      ))}
    </div>
  );
}
