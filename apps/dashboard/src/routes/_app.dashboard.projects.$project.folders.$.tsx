import { isFolder } from '@auraimage/protocol';
import { createFileRoute, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { FolderToolbar } from '../images/folders.js';
import { ImageBrowser } from '../images/image-browser.js';
import { buttonVariants } from '../ui/button.js';
import { PageBody, useTitle } from '../ui/page.js';
import { EmptyState } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/folders/$')({
  component: FolderPage,
});

/** The folders and images in a folder: what the names of the project's images have before a slash. */
function FolderPage() {
  const { project, _splat: path = '' } = Route.useParams();
  const folder = path === '' ? '' : `${path.replace(/\/$/, '')}/`;
  const title = folder === '' ? 'Folders' : `Folder ${folder}`;
  useTitle(`${title} · ${project}`);
  const filter = useMemo(() => ({ folder }), [folder]);
  const toolbar = <FolderToolbar project={project} folder={folder} />;
  const empty = <Empty project={project} folder={folder} />;
  // No name begins with it, and the server would refuse the request.
  if (folder !== '' && !isFolder(folder)) {
    return (
      <PageBody>
        <h1 className="sr-only">{title}</h1>
        {empty}
      </PageBody>
    );
  }
  return (
    <ImageBrowser
      // Another folder is another page.
      key={folder}
      project={project}
      filter={filter}
      heading={title}
      label={folder === '' ? 'Images outside folders, by name' : 'Images in this folder, by name'}
      toolbar={toolbar}
      empty={empty}
    />
  );
}

function Empty({ project, folder }: { readonly project: string; readonly folder: string }) {
  if (folder === '') {
    return (
      <EmptyState title="No folders yet">
        An image that is uploaded with a name such as <code>users/42/avatar</code> is in the folder{' '}
        <code>users/42/</code>. You can also rename an image on its page.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="This folder is empty"
      actions={
        <Link
          to="/dashboard/projects/$project/folders/$"
          params={{ project, _splat: '' }}
          className={buttonVariants()}
        >
          All folders
        </Link>
      }
    >
      No image of this project has a name that begins with{' '}
      <code className="break-all">{folder}</code>
    </EmptyState>
  );
}
