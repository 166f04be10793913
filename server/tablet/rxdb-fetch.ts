/**
 * The `fetch` that RxDB's CouchDB plugin needs. The plugin takes the body of an error for rows, so an error has to be thrown.
 * And the plugin listens from `now` until its first longpoll was answered. What is written before that would never come, so
 * it is made to listen from where it stopped reading.
 */
export function rxdbFetch(connection: typeof fetch): typeof fetch {
  /** By database: the place up to which it was read. */
  const readTo = new Map<string, string>();
  return async (input, init) => {
    const address = String(input);
    const database = address.slice(0, address.lastIndexOf('/', address.indexOf('?')));
    const place = readTo.get(database);
    const response = await connection(
      place === undefined ? address : address.replace('since=now', `since=${place}`),
      init,
    );
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    if (!address.includes('/_changes?') || address.includes('feed=longpoll')) return response;
    const page = (await response.json()) as { readonly last_seq: string };
    readTo.set(database, page.last_seq);
    return Response.json(page);
  };
}
