import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { projectQuery } from '../api/projects.js';

/** The name of the project whose page this is. */
export const useProjectName = (): string =>
  useParams({ from: '/signed-in/app/dashboard/projects/$project' }).project;

/** The project whose page this is; the route has loaded it before. */
export const useProject = () => useQuery(projectQuery(useProjectName()));
