/**
 * What counts as one client: an IPv4 address, also where it is written as an IPv6 one (RFC 4291
 * §2.5.5.2), and of an IPv6 address its first 64 bits, the network. Any other text stands for itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const plain = readIpv6(address.replace(/%.*$/, ''));
  if (plain === null) return address;
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(plain);
  if (mapped !== null) {
    const numbers = mapped.slice(1).map((group) => Number.parseInt(group, 16));
    return numbers.flatMap((number) => [number >> 8, number & 255]).join('.');
  }
  return groupsOf(plain).slice(0, 4).join(':');
}

/** The one spelling of RFC 5952, which the URL parser gives, or `null` for what is no address. */
function readIpv6(text: string): string | null {
  const url = `http://[${text}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
}

/** All eight groups of an address, which may leave out a run of zeros. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  if (tail === undefined) return [...head];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail];
}
