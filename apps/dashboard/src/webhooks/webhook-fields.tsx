import { EVENT_TYPES, type EventType } from '@auraimage/protocol';
import type { Webhook } from '../api/types.js';
import type { WebhookFields } from '../api/webhooks.js';
import { Field, Input } from '../ui/field.js';

/** The label of each type. */
const LABELS: Readonly<Record<EventType, string>> = {
  'image.uploaded': 'Image uploaded',
  'image.replaced': 'Image replaced',
  'image.visibility': 'Visibility changed',
  'image.renamed': 'Image renamed',
  'image.deleted': 'Image deleted',
  'image.links_revoked': 'Links revoked',
  'project.quota': 'Storage 80 or 100\u00a0%',
};

/** What a form has. */
export interface WebhookInput {
  readonly url: string;
  /** `null` for all. */
  readonly types: readonly EventType[] | null;
}

export const inputOf = ({ url, types }: Pick<Webhook, 'url' | 'types'>): WebhookInput => ({
  url,
  types: types.length === 0 ? null : types,
});

/** What the server gets, or `null` where the form is not complete. */
export function fieldsOf({ url, types }: WebhookInput): WebhookFields | null {
  if (urlProblem(url) !== undefined || types?.length === 0) return null;
  return { url, types: [...(types ?? [])] };
}

/** The URL of a webhook and its events. */
export function WebhookInputs({
  input: { url, types },
  refusal,
  onChange,
}: {
  readonly input: WebhookInput;
  /** What the server found wrong with the URL. */
  readonly refusal: string | undefined;
  readonly onChange: (input: WebhookInput) => void;
}) {
  return (
    <>
      <Field
        label="URL"
        error={refusal ?? (url === '' ? undefined : urlProblem(url))}
        hint="Where your app receives the events, such as https://app.example/api/webhooks/aura"
      >
        <Input
          name="webhook-url"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={2048}
          className="font-mono text-sm"
          value={url}
          onChange={(event) => onChange({ url: event.target.value.trim(), types })}
        />
      </Field>
      <EventInputs types={types} onChange={(chosen) => onChange({ url, types: chosen })} />
    </>
  );
}

function EventInputs({
  types,
  onChange,
}: {
  readonly types: WebhookInput['types'];
  readonly onChange: (types: WebhookInput['types']) => void;
}) {
  const toggle = (type: EventType) =>
    onChange(
      types?.includes(type) ? types.filter((each) => each !== type) : [...(types ?? []), type],
    );
  return (
    <fieldset className="grid gap-2">
      <legend className="pb-1.5 text-sm font-medium">Events</legend>
      <Check
        label="All, also those of later versions"
        checked={types === null}
        onToggle={() => onChange(types === null ? [...EVENT_TYPES] : null)}
      />
      {types !== null && (
        <div className="grid gap-2 pl-7 sm:grid-cols-2">
          {EVENT_TYPES.map((type) => (
            <Check
              key={type}
              label={LABELS[type]}
              checked={types.includes(type)}
              onToggle={() => toggle(type)}
            />
          ))}
        </div>
      )}
      {types?.length === 0 && (
        <p role="alert" className="text-sm text-danger">
          Choose at least one.
        </p>
      )}
    </fieldset>
  );
}

function Check({
  label,
  checked,
  onToggle,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly onToggle: () => void;
}) {
  return (
    <label className="flex w-fit items-center gap-2.5">
      <input
        type="checkbox"
        className="size-4.5 accent-accent"
        checked={checked}
        onChange={onToggle}
      />
      {label}
    </label>
  );
}

/** What is wrong with a URL, as far as this page can know it: the server also checks the addresses of its host. */
export function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return 'Use a complete address, such as https://app.example/hook.';
  }
  if (url.username !== '' || url.password !== '') {
    return 'Leave user name and password out: the signature proves where events come from.';
  }
  const port = Number(url.port);
  const isWebPort = url.port === '' || port === 80 || port === 443 || port >= 1024;
  return isWebPort ? undefined : 'Use port 443, or one from 1024.';
}

/** What the events of a webhook are, in one line. */
export function describeTypes(types: readonly string[]): string {
  return types.length === 0 ? 'All events' : types.map(eventLabel).join(', ');
}

/** The name of an event. The server may be newer than this page. */
export function eventLabel(type: string): string {
  if (type === 'webhook.test') return 'Test event';
  const known = EVENT_TYPES.find((each) => each === type);
  return known === undefined ? type : LABELS[known];
}
