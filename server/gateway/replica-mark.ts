/**
 * A device that was told to make a fresh replica is given its positions with a mark of that order behind them. A position
 * with another mark, or with none, is from before it and counts as the beginning: nothing has to be remembered, and every
 * server finds the same.
 */
const MARKED = /^(.*)~([0-9a-z]+)$/;
const BEGINNING = '0';

/** URL-safe, as positions have to be. `order` is when it was given, ISO 8601. */
export const replicaMark = (order: string): string => Date.parse(order).toString(36);

/** As it leaves for the device. */
export const withMark = (position: string, mark: string | undefined): string =>
  mark === undefined ? position : `${position}~${mark}`;

/** The position of the database that one which the device brings stands for. */
export function positionFrom(brought: string, mark: string | undefined): string {
  if (brought === 'now') return brought;
  const [, position = brought, itsMark] = MARKED.exec(brought) ?? [];
  return itsMark === mark ? position : BEGINNING;
}
