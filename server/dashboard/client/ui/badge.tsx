/** A state in one word, with a shape of its own: colour alone tells nobody who cannot tell colours apart. */
import type { ComponentChildren } from 'preact';

export type Tone = 'ok' | 'attention' | 'problem' | 'quiet' | 'info';

const SHAPES: Readonly<Record<Tone, string>> = { ok: '●', attention: '▲', problem: '■', quiet: '○', info: '◆' };

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`badge badge-${tone}`}>
      <span class="badge-shape" aria-hidden="true">
        {SHAPES[tone]}
      </span>
      {children}
    </span>
  );
}
