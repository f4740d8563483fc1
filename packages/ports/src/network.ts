/**
 * What counts as one client where clients are counted: an IPv4 address, an IPv4 address mapped to IPv6 (RFC 4291
 * §2.5.5.2) as that IPv4 address, the network of any other IPv6 address, and any other text as it is. A machine
 * usually has all addresses of a /64 network, and a site those of a /48.
 *
 * @param bits length of the prefix of an IPv6 network
 *
 * @example
 * networkOf('2001:db8:1:2::9'); // '2001:db8:1:2'
 * networkOf('2001:db8:1:2::9', 48); // '2001:db8:1'
 * networkOf('::ffff:192.0.2.1'); // '192.0.2.1'
 */
export function networkOf(address: string, bits: 48 | 64 = 64): string {
  if (!address.includes(':')) return address;
  const canonical = canonicalIpv6(address.replace(/%.*$/, ''));
  if (canonical === null) return address;
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical);
  if (mapped !== null) {
    const numbers = mapped.slice(1).map((group) => Number.parseInt(group, 16));
    return numbers.flatMap((number) => [number >> 8, number & 255]).join('.');
  }
  return groupsOf(canonical)
    .slice(0, bits / 16)
    .join(':');
}

/** The RFC 5952 form, which the URL parser produces, or `null` for text that is no IPv6 address. */
function canonicalIpv6(text: string): string | null {
  const url = `http://[${text}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
}

/** All eight groups of an address, with `::` expanded. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  if (tail === undefined) return [...head];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail];
}
