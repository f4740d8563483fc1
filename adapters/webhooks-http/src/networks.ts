import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** The only part of IPv6 in which public addresses are (RFC 4291 §2.4, IANA's registry of global unicast). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** IPv4 addresses behind NAT64 (RFC 6052): a network without IPv4 gets them for every name. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Azure's host answers its virtual machines at this address, which looks public. */
const AZURE_HOST = '168.63.129.16';

/** Which addresses webhooks may reach. */
export interface Networks {
  /** Whether the operator allows it, although it may not be public. */
  isAllowed(address: string): boolean;
  /**
   * Whether it is an address of the Internet: neither loopback, private, link-local, shared (RFC 6598), multicast,
   * reserved nor for documentation, and no IPv6 form of such an IPv4 address.
   */
  isPublic(address: string): boolean;
}

/**
 * @param allowed addresses and ranges in CIDR notation, such as `10.0.0.0/8`
 * @throws {Error} for another text
 *
 * @example
 * createNetworks(['10.0.0.0/8']).isAllowed('10.1.2.3'); // true
 */
export function createNetworks(allowed: readonly string[]): Networks {
  const networks = allowed.map(parseNetwork);
  return {
    isAllowed(text) {
      const address = parse(text);
      return address !== null && networks.some((network) => isIn(address, network));
    },
    isPublic(text) {
      const address = parse(text);
      if (address === null || address.range() !== 'unicast') return false;
      if (address.kind() === 'ipv6') return isIn(address, GLOBAL_UNICAST);
      return address.toString() !== AZURE_HOST;
    },
  };
}

/** An address, an IPv4 address inside IPv6 as that IPv4 address. `null` for anything else, zones included. */
function parse(text: string): Address | null {
  if (isIP(text) === 0 || text.includes('%')) return null;
  const address = ipaddr.process(text);
  if (!isIn(address, NAT64)) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}

function parseNetwork(text: string): Network {
  const [address = '', bits, ...rest] = text.split('/');
  const length = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= length);
  if (length < 0 || address.includes('%') || !isLength || rest.length > 0) {
    throw new Error(`${text} is not an address or range`);
  }
  return [ipaddr.parse(address), bits === undefined ? length : Number(bits)];
}

function isIn(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
