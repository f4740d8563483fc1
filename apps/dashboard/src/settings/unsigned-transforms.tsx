import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { imageListsKey } from '../api/images.js';
import { overviewQuery } from '../api/projects.js';
import type { Project } from '../api/types.js';
import { Button } from '../ui/button.js';
import { type Choice, Choices } from '../ui/choices.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

type Value = Project['unsignedTransforms'];

const CHOICES: readonly Choice<Value>[] = [
  { value: 'any', label: 'Any', hint: 'Every size, aspect ratio and quality.' },
  {
    value: 'listed',
    label: 'Common sizes only',
    hint: 'Others are rounded to the nearest of a list, so that nobody can make the server encode an image again and again. URLs with a token are not limited.',
  },
  {
    value: 'presets',
    label: 'Presets only',
    hint: 'Everything else is refused without a token, but the original and the picture in its own size.',
  },
];

export function UnsignedTransforms({ project }: { readonly project: Project }) {
  const [value, setValue] = useState(project.unsignedTransforms);
  const queryClient = useQueryClient();
  const change = useChangeProject(
    project,
    () => 'Unsigned transforms are saved',
    ({ projectName, unsignedTransforms }) => {
      setValue(unsignedTransforms);
      // The addresses in their images may need tokens now.
      for (const queryKey of [imageListsKey(projectName), ['image', projectName], ['choices']]) {
        queryClient.removeQueries({ queryKey });
      }
      return queryClient.invalidateQueries(overviewQuery);
    },
  );
  return (
    <Section
      title="Unsigned transforms"
      description="Which variants of public images can be requested without a token."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ unsignedTransforms: value });
        }}
        className="grid gap-4"
      >
        <Choices label="Unsigned transforms" choices={CHOICES} value={value} onChange={setValue} />
        <ErrorNotice error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending}>
            Save transforms
          </Button>
        </div>
      </form>
    </Section>
  );
}
