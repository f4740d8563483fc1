import { resolve } from 'node:path';
import type { EventType } from '@auraimage/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { accountApi } from '../account-api.js';
import { type Api, pause, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { readEnvFile, setVariables, writeEnvFile } from '../init/env-file.js';
import { printable } from '../output.js';
import { resolveProject } from '../targets.js';
import { eventTypes } from '../webhooks/event-types.js';
import { type Forwarded, forward } from '../webhooks/forward.js';
import { refuseTracked } from './init.js';

/** How long the server waits for events before it responds with none, in seconds. */
const WAIT_SECONDS = 20;
/** After this the server is asked for events again, also if some are left: otherwise it would end the listener. */
const BATCH_MS = 5000;
/** Pauses while the server does not answer, in milliseconds: the last one stays. */
const RECONNECT_MS = [500, 1000, 2000, 5000];
/** The variable in which an app finds its secret, as in docs/guides/webhooks.md. */
const VARIABLE = 'AURA_WEBHOOK_SECRET';

interface ListenOptions {
  readonly forwardTo: string;
  readonly events?: readonly EventType[];
  readonly project?: string;
  readonly write?: string;
  readonly json?: boolean;
}

export function listenCommand(program: Command, ctx: Context): void {
  program
    .command('listen')
    .description('send the events of a project to an app on this machine, until Ctrl-C')
    .requiredOption('--forward-to <url>', 'where the app receives webhooks', httpUrl)
    .option('--events <types>', 'only these, with commas between them', eventTypes)
    .option('-p, --project <name>', 'the project')
    .option('--write <file>', `put ${VARIABLE} into this file, such as .env.local`)
    .option('--json', 'print one JSON object per request to the app')
    .addHelpText(
      'after',
      examples(
        'aura listen --forward-to http://localhost:3000/hook',
        'aura listen --forward-to http://localhost:3000/hook --events image.uploaded --write .env.local',
      ),
    )
    .action((options: ListenOptions) => listen(ctx, options));
}

async function listen(ctx: Context, options: ListenOptions): Promise<void> {
  const { host, output } = ctx;
  const { write } = options;
  if (write !== undefined) await refuseTracked(ctx, resolve(host.cwd, write));
  const project = await resolveProject(ctx, options.project);
  const api = await accountApi(ctx, 'A secret key cannot listen to events');
  let id = await openListener(ctx, api, project, write);
  output.note(`Events of ${project} go to ${options.forwardTo} until you press Ctrl-C.`);
  let failures = 0;
  while (!host.signal.aborted) {
    try {
      const events = await nextEvents(api, project, id);
      const began = performance.now();
      if (failures > 0) output.note('The server answers again.');
      failures = 0;
      for (const event of events) {
        const { type, key } = contentOf(event.body);
        if (options.events === undefined || isOneOf(options.events, type)) {
          await forward(
            options.forwardTo,
            event,
            (sent) => report(ctx, options, { type, key, ...sent }),
            host.signal,
          );
        }
        await acknowledge(api, project, id, event.id);
        if (performance.now() - began > BATCH_MS) break;
      }
    } catch (error) {
      if (host.signal.aborted) break;
      if (!(error instanceof RequestError)) throw error;
      if (error.code === 'listener_not_found') {
        output.warn('The server has ended this listener; events of the meantime are lost.');
        id = await openListener(ctx, api, project, write);
      } else if (error.status === 0 || error.status >= 500) {
        if (failures === 0) output.warn(`${error.message}. Trying again until it does.`);
        const delay = RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)] ?? 0;
        failures++;
        await pause(delay, host.signal).catch((error) => {
          if (!host.signal.aborted) throw error;
        });
      } else throw error;
    }
  }
  output.note('Stopped');
}

/** Creates a listener, and shows its secret or writes it into the file of the app. */
async function openListener(
  { host, output }: Context,
  api: Api,
  project: string,
  write: string | undefined,
): Promise<string> {
  const { id, secret } = await api((client) =>
    client.POST('/v1/projects/{project}/listeners', { params: { path: { project } } }),
  );
  if (write === undefined) {
    output.note(
      `The app verifies them with this secret, which changes with every start:\n\n  ${VARIABLE}=${secret}\n`,
    );
  } else {
    const path = resolve(host.cwd, write);
    await writeEnvFile(path, setVariables(await readEnvFile(path), { [VARIABLE]: secret }));
    output.note(`Wrote ${VARIABLE} to ${write}`);
  }
  return id;
}

async function nextEvents(api: Api, project: string, id: string) {
  const { events } = await api((client) =>
    client.GET('/v1/projects/{project}/listeners/{id}/events', {
      params: { path: { project, id }, query: { wait: WAIT_SECONDS } },
    }),
  );
  return events;
}

async function acknowledge(api: Api, project: string, id: string, event: string): Promise<void> {
  await api((client) =>
    client.POST('/v1/projects/{project}/listeners/{id}/ack', {
      params: { path: { project, id } },
      body: { events: [event] },
    }),
  );
}

interface Request extends Forwarded {
  readonly type: string;
  readonly key: string;
}

/** One line for each request to the app. */
function report(
  { output }: Context,
  { json = false, forwardTo }: ListenOptions,
  sent: Request,
): void {
  if (json) {
    output.json(sent);
    return;
  }
  const { type, key, status, milliseconds, problem, retryMs } = sent;
  const isDone = status !== null && status >= 200 && status < 300;
  const result = output.paint(
    isDone ? 'green' : 'red',
    status === null ? 'no response' : `${status}`,
  );
  const columns = [type.padEnd(19), key, result, `${milliseconds} ms`];
  output.print(columns.filter((column) => column !== '').join('  '));
  if (isDone) return;
  const what =
    status === null
      ? `${new URL(forwardTo).origin} did not answer (${problem})`
      : 'Only a 2xx status counts as received';
  output.note(
    retryMs === null
      ? `${what}. This event is not sent again here; a webhook would try for a day.`
      : `${what}. Sending it again in ${retryMs / 1000} s.`,
  );
}

/** What a line shows of an event. */
function contentOf(body: string): { readonly type: string; readonly key: string } {
  const { type, data } = Object(JSON.parse(body));
  const { key } = Object(data);
  return { type: printable(String(type)), key: typeof key === 'string' ? printable(key) : '' };
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return text;
  throw new InvalidArgumentError('Give an http or https URL, such as http://localhost:3000/hook.');
}

function isOneOf(types: readonly string[], type: string): boolean {
  return types.includes(type);
}
