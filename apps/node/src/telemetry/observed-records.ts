import { type Outcome, outcomeOfError } from './observed-ports.js';
import type { Telemetry } from './telemetry.js';

type Method = (...parameters: readonly unknown[]) => unknown;

/**
 * Records of any kind, every method timed by its name: there are as many names as methods.
 *
 * @param kind begins the name of each operation, such as `images` of `images.find`
 */
export function observeRecords<T extends object>(
  kind: string,
  records: T,
  telemetry: Telemetry,
): T {
  const members = Object.entries(records).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function' ? timed(`${kind}.${name}`, member as Method, telemetry) : member,
  ]);
  return Object.fromEntries(members) as T;
}

/** What is not a promise was no question to the database. */
function timed(operation: string, method: Method, { metrics, tracer }: Telemetry): Method {
  const end = (began: number, outcome: Outcome): void => {
    const ended = performance.now();
    metrics.databaseSeconds.observe({ operation, outcome }, (ended - began) / 1000);
    const isFailure = outcome !== 'ok' && outcome !== 'refused';
    tracer.note(`database ${operation}`, began, { 'aura.outcome': outcome }, isFailure, ended);
  };
  return (...parameters) => {
    const began = performance.now();
    const result = method(...parameters);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value) => {
        end(began, 'ok');
        return value;
      },
      (error: unknown) => {
        end(began, outcomeOfError(error));
        throw error;
      },
    );
  };
}
