// How the MQTT packages write packets: mqtt-packet, the codec under both client and broker.
import { writeToStream } from 'mqtt-packet';

/**
 * Numbers are encoded when they are written, not looked up in a table of all 65,536 of them, which would be made with
 * the first packet: 7 MB in every process. To be called before the first connection.
 */
export function writePacketsWithoutTable(): void {
  writeToStream.cacheNumbers = false;
}
