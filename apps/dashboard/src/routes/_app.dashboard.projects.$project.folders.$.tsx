import { isFolder } from '@auraimage/protocol';
import { createFileRoute, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMayEdit } from '../api/projects.js';
import { FolderToolbar } from '../images/folders.js';
import { ImageBrowser } from '../images/image-browser.js';
import { folderOf } from '../images/image-names.js';
import { uploadCommand } from '../images/snippets.js';
import { useUploads } from '../images/uploads.js';
import { Button, buttonVariants } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { PageBody, useTitle } from '../ui/page.js';
import { EmptyState } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/folders/$')({
  component: FolderPage,
});

/** The folders and images in a folder: what the names of the project's images have before a slash. */
function FolderPage() {
  const { project, _splat: path } = Route.useParams();
  const folder = folderOf(path);
  const { pick } = useUploads();
  const title = folder === '' ? 'Folders' : `Folder ${folder}`;
  useTitle(`${title} · ${project}`);
  const filter = useMemo(() => ({ folder }), [folder]);
  const toolbar = <FolderToolbar project={project} folder={folder} onUpload={pick} />;
  // No name begins with it, and the server would refuse the request.
  if (folder !== '' && !isFolder(folder)) {
    return (
      <PageBody>
        <h1 className="sr-only">{title}</h1>
        <Empty project={project} folder={folder} />
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
      empty={<Empty project={project} folder={folder} onUpload={pick} />}
    />
  );
}

function Empty({
  project,
  folder,
  onUpload,
}: {
  readonly project: string;
  readonly folder: string;
  /** Absent if no image can be in the folder. */
  readonly onUpload?: () => void;
}) {
  const mayEdit = useMayEdit();
  if (folder === '') {
    return (
      <EmptyState
        title="No folders yet"
        more={
          <CodeBlock
            of="Terminal"
            code={uploadCommand(project, 'avatar.jpg', '--prefix users/42/')}
          />
        }
      >
        A folder is the part of an image’s name before a slash: rename an image on its page, or
        upload into a folder.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="This folder is empty"
      actions={
        <>
          {onUpload && mayEdit && (
            <Button variant="primary" onClick={onUpload}>
              Choose images
            </Button>
          )}
          <Link
            to="/dashboard/projects/$project/folders/$"
            params={{ project, _splat: '' }}
            className={buttonVariants()}
          >
            All folders
          </Link>
        </>
      }
    >
      No image of this project has a name that begins with{' '}
      <code className="break-all">{folder}</code>
      {onUpload && mayEdit && '. What you upload here does.'}
    </EmptyState>
  );
}
