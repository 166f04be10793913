/** A revision by the beginning of its name; the whole of it is in the tooltip. */
import { shortRev } from './document-words.ts';

export const Rev = ({ rev }: { readonly rev: string }) => (
  <code class="rev" title={rev}>
    {shortRev(rev)}
  </code>
);
