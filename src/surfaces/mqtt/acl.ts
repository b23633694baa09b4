// Who may publish and read what on the chassis's broker. A sled: its own record and events out, its own commands in. The
// plain listener: telemetry, read only. Pure; the same rules as text for mosquitto are in mosquitto.ts.
import { assertNever } from '../../core/errors.ts';
import { CONTROLLER_NAME } from '../../protocols/enrolment.ts';
import { sledOf, topicsOf } from '../../protocols/topics.ts';

export type Principal =
  | { readonly kind: 'controller' }
  | { readonly kind: 'sled'; readonly sled: string }
  /** Came over the plain listener, without a certificate. */
  | { readonly kind: 'reader' };

/** @param name the common name of a certificate of the chassis's CA */
export function principalOf(name: string): Principal {
  return name === CONTROLLER_NAME ? { kind: 'controller' } : { kind: 'sled', sled: name };
}

/** The one client id a certificate may be used with: whoever connects as somebody else could end the other's session. */
export function clientIdOf(chassis: string, principal: Principal): string | null {
  switch (principal.kind) {
    case 'controller':
      return `coldslot-${chassis}-controller`;
    case 'sled':
      return `coldslot-${chassis}-agent-${principal.sled}`;
    case 'reader':
      return null; // any that is nobody else's
    default:
      return assertNever(principal);
  }
}

/** Reserved for those with a certificate. */
export function isReservedClientId(chassis: string, id: string): boolean {
  return id === `coldslot-${chassis}-controller` || id.startsWith(`coldslot-${chassis}-agent-`);
}

export function mayPublish(chassis: string, principal: Principal, topic: string): boolean {
  const topics = topicsOf(chassis);
  switch (principal.kind) {
    case 'controller':
      return topic.startsWith(`coldslot/${chassis}/`);
    case 'sled':
      return topic === topics.agentStatus(principal.sled) || topic === topics.agentEvent(principal.sled);
    case 'reader':
      return false;
    default:
      return assertNever(principal);
  }
}

/** A reader may ask for anything: what is not for it is not passed on to it (mayReceive). */
export function maySubscribe(chassis: string, principal: Principal, filter: string): boolean {
  const topics = topicsOf(chassis);
  switch (principal.kind) {
    case 'controller':
      return true;
    case 'sled':
      return filter === topics.agentCommand(principal.sled) || filter === topics.revoked;
    case 'reader':
      return true;
    default:
      return assertNever(principal);
  }
}

export function mayReceive(chassis: string, principal: Principal, topic: string): boolean {
  const topics = topicsOf(chassis);
  switch (principal.kind) {
    case 'controller':
      return true;
    case 'sled':
      return topic === topics.agentCommand(principal.sled) || topic === topics.revoked;
    case 'reader':
      return isTelemetry(topic);
    default:
      return assertNever(principal);
  }
}

/** Commands and answers carry tickets: they are between a sled and the controller. */
function isTelemetry(topic: string): boolean {
  return topic.startsWith('coldslot/') && (sledOf(topic) === null || topic.endsWith('/status'));
}
