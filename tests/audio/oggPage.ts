/** Ogg pages with right checksums. */

const CHECKSUM_AT = 22;

/** A page of one packet of fewer than 255 bytes. */
export function oggPage(serial: number, sequence: number, flags: number, payload: Buffer): Buffer {
  const page = Buffer.alloc(28 + payload.length);
  page.write('OggS', 0, 'latin1');
  page[5] = flags;
  page.writeUInt32LE(serial, 14);
  page.writeUInt32LE(sequence, 18);
  page[26] = 1;
  page[27] = payload.length;
  page.set(payload, 28);
  setChecksum(page);
  return page;
}

/** Writes the checksum that a page should have. */
export function setChecksum(page: Buffer): void {
  page.writeUInt32LE(0, CHECKSUM_AT);
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  page.writeUInt32LE(crc >>> 0, CHECKSUM_AT);
}
