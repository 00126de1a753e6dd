/** A service in another language between two in Tars.js: it asks one for prices, and tells the other. */

import { configText, serviceText } from './fleet-texts.ts';
import { callsFile, Fleet } from './fleet.ts';
import { addJavaScriptPackage } from './packages.ts';

export const priceServer = 'Conf.PriceServer';
export const priceCaller = 'Conf.CallerServer';

/** The file that the service reads its place and its prices from. */
export function pricesText(service: string, place: string): string {
  return configText(
    service,
    'prices.conf',
    `<shop>\n  place=${place}\n  <prices>\n    apple=30\n  </prices>\n</shop>`,
  );
}

/** On node `n1`, in Shenzhen; the object of the service itself is for the test to add. */
export function newPriceFleet(service: string, addPackage: (packages: string) => void): Fleet {
  return new Fleet({
    nodes: ['n1'],
    packages(folder) {
      addPackage(folder);
      addJavaScriptPackage(folder, priceServer, ['1.0.0'], 'server');
      addJavaScriptPackage(folder, priceCaller, ['1.0.0'], 'caller');
    },
    files: {
      'price.yaml': serviceText({
        name: priceServer,
        type: 'tars-nodejs',
        nodes: ['n1'],
        servants: ['PriceObj'],
      }),
      'caller.yaml': serviceText({
        name: priceCaller,
        type: 'tars-nodejs',
        nodes: ['n1'],
        env: { CALLEE: `${service}.PriceObj`, CALLS_FILE: callsFile },
      }),
      'shop.yaml': configText(priceCaller, 'shop.conf', '<shop>\n  currency=CNY\n</shop>'),
      'prices.yaml': pricesText(service, 'Shenzhen'),
    },
  });
}
