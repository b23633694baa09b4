// The MQTT topics of one chassis, built in one place.

export interface Topics {
  readonly status: string;
  slot(slot: number): string;
  fan(id: string): string;
  sensor(name: string): string;
  readonly event: string;
  readonly plan: string;
  move(id: string): string;
  /** Retained: the revoked certificates, PEM (X.509 CRL). */
  readonly revoked: string;
  agentStatus(sled: string): string;
  agentCommand(sled: string): string;
  agentEvent(sled: string): string;
  /** What a sled that has booted asks, and the signed answer: see floors.ts. */
  agentAsk(sled: string): string;
  agentGrant(sled: string): string;
}

export function topicsOf(chassis: string): Topics {
  const base = `coldslot/${chassis}`;
  return {
    status: `${base}/status`,
    slot: (slot) => `${base}/slot/${slot}`,
    fan: (id) => `${base}/fan/${id}`,
    sensor: (name) => `${base}/sensor/${name}`,
    event: `${base}/event`,
    plan: `${base}/plan`,
    move: (id) => `${base}/move/${id}`,
    revoked: `${base}/revoked`,
    agentStatus: (sled) => `${base}/agent/${sled}/status`,
    agentCommand: (sled) => `${base}/agent/${sled}/command`,
    agentEvent: (sled) => `${base}/agent/${sled}/event`,
    agentAsk: (sled) => `${base}/agent/${sled}/ask`,
    agentGrant: (sled) => `${base}/agent/${sled}/grant`,
  };
}

/** Topic filter for all sleds' `status`, `event` or `ask`; `sledOf` tells which sled a topic is of. */
export function allAgents(chassis: string, leaf: 'status' | 'event' | 'ask'): string {
  return `coldslot/${chassis}/agent/+/${leaf}`;
}

export function sledOf(topic: string): string | null {
  return /^coldslot\/[^/]+\/agent\/([^/]+)\/(?:status|command|event|ask|grant)$/.exec(topic)?.[1] ?? null;
}
