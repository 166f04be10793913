/** What a page is filtered and sorted by stands in its address, so that it can be sent to somebody, and gone back to. */
import { useLocation } from 'preact-iso';

/** The parameters of the address, and a function that changes some of them; an empty value takes one away. */
export function useQueryState(): readonly [
  Readonly<Record<string, string>>,
  (change: Readonly<Record<string, string>>) => void,
] {
  const { query, route } = useLocation();
  const change = (values: Readonly<Record<string, string>>) => {
    // As the address is now: a field that asks once somebody stops typing must not undo what was chosen meanwhile.
    const { pathname, search } = location;
    const parameters = new URLSearchParams(search);
    for (const [name, value] of Object.entries(values)) {
      if (value === '') parameters.delete(name);
      else parameters.set(name, value);
    }
    const text = parameters.toString();
    route(text === '' ? pathname : `${pathname}?${text}`, true);
  };
  return [query, change];
}
