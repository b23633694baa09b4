// Who may publish and read what on the chassis's broker. A sled: its own record, events and questions out, its own
// commands and grants in. The plain listener (loopback): reads everything and publishes nothing; a ticket that it sees is of
// no use without the certificate of the sled that it names. Pure.
import { assertNever } from '../../core/errors.ts';
import { CONTROLLER_NAME } from '../../protocols/enrolment.ts';
import { topicsOf } from '../../protocols/topics.ts';

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
  switch (principal.kind) {
    case 'controller':
      return topic.startsWith(`coldslot/${chassis}/`);
    case 'sled':
      return isOfSled(chassis, principal.sled, topic);
    case 'reader':
      return false;
    default:
      return assertNever(principal);
  }
}

function isOfSled(chassis: string, sled: string, topic: string): boolean {
  const topics = topicsOf(chassis);
  return [topics.agentStatus(sled), topics.agentEvent(sled), topics.agentAsk(sled)].includes(topic);
}

/** Filters with wildcards are the controller's and the readers' alone: a sled names its topics. */
export function maySubscribe(chassis: string, principal: Principal, filter: string): boolean {
  return principal.kind === 'sled' ? isForSled(chassis, principal.sled, filter) : true;
}

export function mayReceive(chassis: string, principal: Principal, topic: string): boolean {
  switch (principal.kind) {
    case 'controller':
      return true;
    case 'sled':
      return isForSled(chassis, principal.sled, topic);
    case 'reader':
      return topic.startsWith('coldslot/');
    default:
      return assertNever(principal);
  }
}

function isForSled(chassis: string, sled: string, topic: string): boolean {
  const topics = topicsOf(chassis);
  return [topics.agentCommand(sled), topics.agentGrant(sled), topics.revoked].includes(topic);
}
