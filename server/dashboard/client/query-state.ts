/** What a page is filtered and sorted by stands in its address, so that it can be sent to somebody, and gone back to. */
import { useLocation } from 'preact-iso';

/** The parameters of the address, and a function that changes some of them; an empty value takes one away. */
export function useQueryState(): readonly [
  Readonly<Record<string, string>>,
  (change: Readonly<Record<string, string>>) => void,
] {
  const { path, query, route } = useLocation();
  const change = (values: Readonly<Record<string, string>>) => {
    const parameters = new URLSearchParams(query);
    for (const [name, value] of Object.entries(values)) {
      if (value === '') parameters.delete(name);
      else parameters.set(name, value);
    }
    const text = parameters.toString();
    route(text === '' ? path : `${path}?${text}`, true);
  };
  return [query, change];
}
