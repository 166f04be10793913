/**
 * The baseline of the REST benchmark: Express with one route that answers a document of one database as it is stored. Nobody
 * logs in and no rule is asked. Its configuration is the server's; `BARE_DATABASE` names the database.
 * It prints its address.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { loadConfig } from '../../server/config.ts';
import { openStore } from '../../server/store/open-store.ts';

const store = await openStore(loadConfig(process.env));
const database = await store.open(String(process.env.BARE_DATABASE));
const app = express().disable('x-powered-by').set('etag', false);
app.get('/api/records/:id', async (req, res) => {
  const [row] = await database.winners([req.params.id]);
  if (row) res.json({ ...row.body, _id: row.id, _rev: row.rev });
  else res.status(404).end();
});
const http = createServer(app);
http.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});
