import { isPresetName } from '@auraimage/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { presetsQuery, putPreset } from '../api/presets.js';
import type { Preset } from '../api/types.js';
import { Button } from '../ui/button.js';
import { type Choice, Choices } from '../ui/choices.js';
import { Field, Input, Select } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { PresetPreview } from './preset-preview.js';
import { fieldsOf, type TransformFields, transformOf } from './transform-text.js';
import { WatermarkFields } from './watermark-fields.js';

const ACCESS: readonly Choice<'signed' | 'open'>[] = [
  {
    value: 'signed',
    label: 'Private images need a token',
    hint: 'As everywhere else.',
  },
  {
    value: 'open',
    label: 'Open: no token is needed',
    hint: 'Anyone can see every private image of this project through this preset: exactly as the preset shows it, and in no other way.',
  },
];

const FITS = {
  '': 'cover: fill and crop',
  contain: 'contain: fit inside',
  face: 'face: crop around faces',
  auto: 'auto: crop around the subject',
} as const;
const FORMATS = {
  '': 'auto: best for the browser',
  avif: 'AVIF',
  webp: 'WebP',
  jpeg: 'JPEG',
  png: 'PNG',
} as const;

const NEW_TRANSFORM = 'w=640';

/** Creates or changes a preset, beside a preview of what it gives. */
export function PresetForm({
  project,
  preset,
  taken,
}: {
  readonly project: string;
  /** Absent for a new one. */
  readonly preset: Preset | undefined;
  /** Names of the project's presets. */
  readonly taken: readonly string[];
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [name, setName] = useState(preset?.name ?? '');
  const [fields, setFields] = useState(() => fieldsOf(preset?.transform ?? NEW_TRANSFORM));
  const [open, setOpen] = useState(preset?.open ?? false);
  const [watermark, setWatermark] = useState(preset?.watermark ?? null);
  const [problem, setProblem] = useState<string>();
  const transform = transformOf(fields);
  const save = useMutation({
    mutationFn: () => putPreset(project, { name, transform, open, watermark }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(presetsQuery(project));
      toast({ text: `${name} is saved` });
      await navigate({ to: '/dashboard/projects/$project/presets', params: { project } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = preset === undefined ? problemOf(name, taken) : undefined;
    setProblem(wrong);
    if (wrong === undefined) save.mutate();
  };
  return (
    <div className="grid gap-x-10 gap-y-8 lg:grid-cols-[21rem_minmax(0,1fr)]">
      <PresetPreview
        project={project}
        transform={transform}
        watermark={watermark}
        isOpen={open}
        className="lg:sticky lg:top-20 lg:order-last lg:self-start"
      />
      <form onSubmit={submit} className="grid content-start gap-5">
        {preset === undefined && (
          <Field
            label="Name"
            error={problem}
            hint="Part of addresses: lowercase letters, digits and dashes, such as “card”."
          >
            <Input
              name="preset-name"
              autoComplete="off"
              spellCheck={false}
              required
              maxLength={40}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          </Field>
        )}
        <TransformInputs fields={fields} onChange={setFields} />
        <WatermarkFields project={project} watermark={watermark} onChange={setWatermark} />
        <div className="grid gap-3 border-t border-line pt-5">
          <h2 className="text-base font-medium">Access</h2>
          <Choices
            label="Access"
            choices={ACCESS}
            value={open ? 'open' : 'signed'}
            onChange={(value) => setOpen(value === 'open')}
          />
        </div>
        <ErrorNotice error={save.error} />
        <div>
          <Button variant="primary" type="submit" busy={save.isPending}>
            {preset === undefined ? 'Create preset' : 'Save preset'}
          </Button>
        </div>
      </form>
    </div>
  );
}

function problemOf(name: string, taken: readonly string[]): string | undefined {
  if (!isPresetName(name)) {
    return 'Use 2 to 40 lowercase letters, digits and dashes, with a letter first.';
  }
  return taken.includes(name) ? 'There is a preset with this name: edit it instead.' : undefined;
}

function TransformInputs({
  fields,
  onChange,
}: {
  readonly fields: TransformFields;
  readonly onChange: (fields: TransformFields) => void;
}) {
  const text = (name: keyof TransformFields) => ({
    value: fields[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      onChange({ ...fields, [name]: target.value }),
  });
  const isBox = fields.w !== '' && fields.h !== '';
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Width">
          <Input type="number" inputMode="numeric" min={1} placeholder="auto" {...text('w')} />
        </Field>
        <Field label="Height">
          <Input type="number" inputMode="numeric" min={1} placeholder="auto" {...text('h')} />
        </Field>
        <Field label="Fit">
          <Select disabled={!isBox && fields.fit === ''} {...text('fit')}>
            {optionsOf(FITS, fields.fit)}
          </Select>
        </Field>
        <Field label="Format">
          <Select {...text('fmt')}>{optionsOf(FORMATS, fields.fmt)}</Select>
        </Field>
      </div>
      <Field label="Quality" hint="1 to 100; 80 without a number.">
        <Input
          type="number"
          inputMode="numeric"
          min={1}
          max={100}
          placeholder="80"
          {...text('q')}
        />
      </Field>
      <Field
        label="Other options"
        optional
        hint={
          <>
            As in an address, with commas between them: <code>gray=true,rotate=90</code>
          </>
        }
      >
        <Input autoComplete="off" spellCheck={false} className="font-mono" {...text('others')} />
      </Field>
    </>
  );
}

/** The choices of a list, and the current value if it is none of them. */
function optionsOf(choices: Readonly<Record<string, string>>, current: string) {
  const all = Object.hasOwn(choices, current) ? choices : { ...choices, [current]: current };
  return Object.entries(all).map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));
}
