import { createFileRoute, Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useIsOwner, useMayEdit } from '../api/projects.js';
import type { Visibility } from '../api/types.js';
import { ImageBrowser } from '../images/image-browser.js';
import { parseImageFilter, parseSearch } from '../images/image-names.js';
import { uploadCommand } from '../images/snippets.js';
import { Toolbar } from '../images/toolbar.js';
import { useUploads } from '../images/uploads.js';
import { Button, buttonVariants } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { useTitle } from '../ui/page.js';
import { EmptyState } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/')({
  validateSearch: ({ q, visibility }) => parseImageFilter({ q, visibility }),
  component: ImagesPage,
});

const DEBOUNCE_MS = 250;

/** The images of a project, newest first. */
function ImagesPage() {
  const { project } = Route.useParams();
  const search = Route.useSearch();
  useTitle(`Images · ${project}`);
  const navigate = useNavigate();
  const uploads = useUploads();
  const mayEdit = useMayEdit();
  const isOwner = useIsOwner();
  const filter = useMemo(
    () => ({ q: search.q, visibility: search.visibility }),
    [search.q, search.visibility],
  );
  const [typed, setTyped] = useState(search.q ?? '');
  const q = parseSearch(typed);

  const setFilter = useCallback(
    (next: { q?: string | undefined; visibility?: Visibility | undefined }) =>
      navigate({
        to: '/dashboard/projects/$project',
        params: { project },
        search: {
          ...(next.q ? { q: next.q } : {}),
          ...(next.visibility ? { visibility: next.visibility } : {}),
        },
        replace: true,
      }),
    [navigate, project],
  );
  // Searches that were put into the address by typing. Any other one comes from a link, and replaces what is typed.
  const sent = useRef(new Set<string>());
  const current = search.q ?? '';
  useEffect(() => {
    if (!sent.current.delete(current)) setTyped(current);
  }, [current]);
  useEffect(() => {
    if (q === current) return;
    const timer = setTimeout(() => {
      sent.current.add(q);
      void setFilter({ ...filter, q });
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [q, current, filter, setFilter]);

  return (
    <ImageBrowser
      project={project}
      filter={filter}
      heading="Images"
      label="Images, newest first"
      toolbar={
        <Toolbar
          project={project}
          search={typed}
          onSearch={setTyped}
          visibility={filter.visibility}
          onVisibility={(visibility) => void setFilter({ ...filter, visibility })}
          onUpload={uploads.pick}
        />
      }
      empty={
        filter.q || filter.visibility ? (
          <EmptyState
            title="No images found"
            actions={
              <Button
                onClick={() => {
                  setTyped('');
                  void setFilter({});
                }}
              >
                Show all images
              </Button>
            }
          >
            No image of this project matches the search and filter.
          </EmptyState>
        ) : (
          <EmptyState
            title="No images yet"
            actions={
              <>
                {mayEdit && (
                  <Button variant="primary" onClick={uploads.pick}>
                    Choose images
                  </Button>
                )}
                {isOwner && (
                  <Link
                    to="/dashboard/projects/$project/settings"
                    params={{ project }}
                    className={buttonVariants()}
                  >
                    Connect your app
                  </Link>
                )}
              </>
            }
            more={
              mayEdit && (
                <CodeBlock of="Or in a terminal" code={uploadCommand(project, 'photo.jpg')} />
              )
            }
          >
            {mayEdit
              ? 'Drop images anywhere on this page, paste one, or choose files. You choose for each upload whether it is private or public.'
              : 'Owners and editors of the project upload images.'}
          </EmptyState>
        )
      }
    />
  );
}
