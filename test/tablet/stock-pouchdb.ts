/** PouchDB as an app gets it from the package `pouchdb`, with a storage that keeps nothing. */
import { StockPouch } from '../support/pouch-device.ts';

export default StockPouch;
