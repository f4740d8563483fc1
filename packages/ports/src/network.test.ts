import { expect, it } from 'vitest';
import { networkOf } from './network.js';

it.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
  ['2001:0DB8:0001::6', '2001:db8:1:0', '2001:db8:1'],
  ['2001:db8::', '2001:db8:0:0', '2001:db8:0'],
  ['::1', '0:0:0:0', '0:0:0'],
  ['::', '0:0:0:0', '0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0', 'fe80:0:0'],
  ['unknown', 'unknown', 'unknown'],
  ['', '', ''],
  ['1:2:3', '1:2:3', '1:2:3'],
  ['[::1]:8080', '[::1]:8080', '[::1]:8080'],
])('counts %s as %s, and with /48 as %s', (address, network, site) => {
  expect([networkOf(address), networkOf(address, 48)]).toEqual([network, site]);
});
