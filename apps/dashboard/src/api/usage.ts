import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';

export const usageQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['usage', project, days],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/v1/projects/{project}/usage', {
          params: { path: { project }, query: { days } },
          signal,
        }),
      ),
  });
