import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parseAllDocuments } from 'yaml';

const KINDS = [Deployment, Ingress, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount];

/** The documents of a file of manifests. */
export function manifestsIn(text: string): unknown[] {
  return parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS();
  });
}

/**
 * Validates a manifest with Kubernetes' own schema. The schema allows unknown members, as the API does unless it is
 * strict, so a member that the validation never read is an error too.
 */
export function problemsOf(manifest: unknown): string[] {
  const { apiVersion, kind } = manifest as { apiVersion?: string; kind?: string };
  const Kind = KINDS.find((each) => each.apiVersion === apiVersion && each.kind === kind);
  if (Kind === undefined) return [`${apiVersion} ${kind} is not known`];
  const seen = new Set<string>();
  try {
    // The schema validates it.
    const model = Object.assign(new Kind({} as never), manifest);
    (watched(model, '', seen) as typeof model).validate();
  } catch (error) {
    return [String(error)];
  }
  return pathsIn(manifest).filter((path) => !seen.has(path));
}

/** A proxy of the value that records which members are read. */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, member, receiver) {
      const got: unknown = Reflect.get(target, member, receiver);
      if (typeof member !== 'string' || !Object.hasOwn(target, member)) return got;
      const at = `${path}/${member}`;
      seen.add(at);
      return watched(got, at, seen);
    },
  });
}

function pathsIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) => {
    const at = `${path}/${member}`;
    return [at, ...pathsIn(inner, at)];
  });
}
