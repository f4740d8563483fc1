import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { projectsQuery } from '../api/projects.js';
import { PageBody } from '../shell/app-shell.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { PlusIcon } from '../ui/icons.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { Loaded } from '../ui/states.js';
import { CreateProject } from './create-project.js';
import { Deletions } from './deletions.js';
import { FirstSteps } from './first-steps.js';
import { ProjectList } from './project-list.js';

export function ProjectsPage() {
  const words = texts.projects;
  useTitle(words.title);
  const projects = useQuery(projectsQuery);
  const [creating, setCreating] = useState(false);
  const create = () => setCreating(true);
  const empty = projects.data?.projects.length === 0;
  return (
    <PageBody>
      <PageHeader
        title={words.title}
        actions={
          !empty && (
            <Button variant="primary" onClick={create}>
              <PlusIcon />
              {words.create}
            </Button>
          )
        }
      />
      <Loaded query={projects}>
        {({ projects: list }) =>
          list.length === 0 ? <FirstSteps onCreate={create} /> : <ProjectList projects={list} />
        }
      </Loaded>
      <Deletions />
      {creating && <CreateProject onClose={() => setCreating(false)} />}
    </PageBody>
  );
}
