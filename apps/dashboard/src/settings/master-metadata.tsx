import { useState } from 'react';
import type { Project } from '../api/types.js';
import { Button } from '../ui/button.js';
import { type Choice, Choices } from '../ui/choices.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

type Value = Project['masterMetadata'];

const CHOICES: readonly Choice<Value>[] = [
  {
    value: 'keep',
    label: 'Keep',
    hint: 'Originals are sent as they were uploaded, with the place and time of a photo if it has them.',
  },
  {
    value: 'remove',
    label: 'Remove',
    hint: 'Originals are sent with the same pixels and without metadata. TIFF originals are not sent. You can still download the unchanged files here. Copies in browsers and in caches of others stay until they expire.',
  },
];

export function MasterMetadata({ project }: { readonly project: Project }) {
  const [value, setValue] = useState(project.masterMetadata);
  const change = useChangeProject(
    project,
    () => 'Metadata of originals is saved',
    ({ masterMetadata }) => setValue(masterMetadata),
  );
  return (
    <Section
      title="Metadata of originals"
      description="Whether people with a link get place, time and other metadata. Resized images never have any."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ masterMetadata: value });
        }}
        className="grid gap-4"
      >
        <Choices
          label="Metadata of originals"
          choices={CHOICES}
          value={value}
          onChange={setValue}
        />
        <ErrorNotice error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending}>
            Save metadata
          </Button>
        </div>
      </form>
    </Section>
  );
}
