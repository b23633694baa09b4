// TLS 1.3 between the parts of a chassis: both ends show a certificate of the chassis's CA, and each knows by name whom
// it wants to talk to. Host names do not count: addresses in a chassis come and go with the sleds.

/** One end's own certificate, and what it takes to check the other's. PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
  readonly revocationList: string;
}

/** The part of what node:tls says of a certificate that is looked at. */
interface Shown {
  readonly subject: { readonly CN?: string | string[] } | undefined;
}

/** For node:tls and MQTT.js. */
export function clientTls({ certificate, privateKey, ca, revocationList }: Identity, peer: string) {
  return {
    cert: certificate,
    key: privateKey,
    ca,
    crl: revocationList,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3' as const,
    checkServerIdentity: (_host: string, shown: Shown) => whyNot(shown, peer) ?? undefined,
  };
}

/** For a server of node:tls; who it is that connects is asked after the hand-shake. */
export function serverTls({ certificate, privateKey, ca, revocationList }: Identity, noTicket: number) {
  return {
    cert: certificate,
    key: privateKey,
    ca,
    crl: revocationList,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3' as const,
    // a session that is taken up again would not be checked against the list of revoked certificates
    secureOptions: noTicket,
  };
}

function whyNot(shown: Shown, peer: string): Error | null {
  const name: unknown = shown.subject?.CN;
  return name === peer ? null : new Error(`its certificate is of ${String(name)}, not of ${peer}`);
}
