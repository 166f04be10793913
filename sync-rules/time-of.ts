/**
 * When a document says that something was, in milliseconds since 1970, or NaN. Of a deletion no schema is asked: what is no
 * text is not made into one, for an object may have a `toString` that cannot be called.
 */
export const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);
