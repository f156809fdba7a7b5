/** An inclusive range of numbers: of addresses, or of ports. */
export type Interval = readonly [first: number, last: number];

export const ALL_IPV4: Interval = [0, 2 ** 32 - 1];

/** The addresses of a CIDR range; undefined for what is none, such as an unresolved token or an IPv6 range. */
export function ipv4Interval(range: string): Interval | undefined {
  const [, a, b, c, d, length = "32"] =
    /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(range) ?? [];
  const parts = [a, b, c, d].map(Number);
  if (a === undefined || parts.some((part) => part > 255) || Number(length) > 32) {
    return undefined;
  }
  const size = 2 ** (32 - Number(length));
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const first = address - (address % size);
  return [first, first + size - 1];
}

/** The same numbers in as few intervals as possible, in order. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [first, last] of [...intervals].sort(([a], [b]) => a - b)) {
    const previous = merged[merged.length - 1];
    if (previous !== undefined && first <= previous[1] + 1) {
      merged[merged.length - 1] = [previous[0], Math.max(previous[1], last)];
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}

/** Whether all numbers of an interval are in others. */
export function covers(others: readonly Interval[], [first, last]: Interval): boolean {
  return union(others).some(([from, to]) => from <= first && last <= to);
}

/** IPv6 has no public addresses beyond 2000::/3. */
export function isAnywhere(ranges: readonly string[]): boolean {
  const intervals = ranges.map(ipv4Interval).filter((interval): interval is Interval => interval !== undefined);
  return ranges.some((range) => /^((0*:)*:\/0|2000::\/3)$/.test(range)) || covers(intervals, ALL_IPV4);
}
