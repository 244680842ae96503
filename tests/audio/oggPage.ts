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

/** As ffmpeg and libogg fill pages: some 4 KB each. */
const SEGMENTS_PER_PAGE = 17;

/** The pages of one packet of any length, as a muxer would lay it out. */
export function packetPages(serial: number, firstSequence: number, packet: Buffer): Buffer[] {
  const lacing = [...new Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const pages: Buffer[] = [];
  for (let start = 0; start < lacing.length; start += SEGMENTS_PER_PAGE) {
    const segments = lacing.slice(start, start + SEGMENTS_PER_PAGE);
    const payload = packet.subarray(start * 255, start * 255 + segments.reduce((sum, size) => sum + size, 0));
    const page = Buffer.concat([Buffer.alloc(27), Buffer.from(segments), payload]);
    page.write('OggS', 0, 'latin1');
    page[5] = start === 0 ? 0 : 1;
    // No packet ends on a page before the last: no granule.
    if (start + SEGMENTS_PER_PAGE < lacing.length) page.fill(0xff, 6, 14);
    page.writeUInt32LE(serial, 14);
    page.writeUInt32LE(firstSequence + pages.length, 18);
    page[26] = segments.length;
    setChecksum(page);
    pages.push(page);
  }
  return pages;
}

/** Where each page begins, and the end. */
export function pageStarts(file: Buffer): number[] {
  const starts: number[] = [];
  for (let at = file.indexOf('OggS'); at >= 0; ) {
    starts.push(at);
    const numSegments = file[at + 26]!;
    at += 27 + numSegments + file.subarray(at + 27, at + 27 + numSegments).reduce((sum, size) => sum + size, 0);
    if (at >= file.length) return [...starts, file.length];
  }
  return starts;
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
