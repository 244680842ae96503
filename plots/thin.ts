/** Curves of more points than there are pixels. */

/** The places of one curve's points that show its course: first, least, greatest and last of each stretch. In order. */
export function thinnedPlaces(values: readonly number[], maxStretches: number): number[] {
  const length = Math.ceil(values.length / Math.max(1, maxStretches));
  if (length <= 4) return values.map((_, place) => place);
  const places = new Set<number>();
  for (let start = 0; start < values.length; start += length) {
    const end = Math.min(values.length, start + length);
    let [least, greatest] = [start, start];
    for (let place = start; place < end; place++) {
      if ((values[place] as number) < (values[least] as number)) least = place;
      if ((values[place] as number) > (values[greatest] as number)) greatest = place;
    }
    for (const place of [start, least, greatest, end - 1]) places.add(place);
  }
  return [...places].sort((a, b) => a - b);
}

/** The places of a smooth curve's points: evenly along it, the first and the last among them. In order. */
export function evenPlaces(numValues: number, maxStretches: number): number[] {
  const length = Math.max(1, Math.ceil(numValues / Math.max(1, maxStretches)));
  const places = Array.from({ length: Math.ceil(numValues / length) }, (_, index) => index * length);
  return places.at(-1) === numValues - 1 || numValues === 0 ? places : [...places, numValues - 1];
}
