/** Something to be read: a fault, a warning, a success. Faults are read out at once. */
import type { ComponentChildren } from 'preact';
import { ApiProblem, messageOf } from '../api.ts';
import { storeNews } from '../live.ts';
import type { Tone } from './badge.tsx';

interface NoticeProps {
  readonly tone: Tone;
  readonly title?: string;
  readonly children?: ComponentChildren;
}

export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'problem' ? 'alert' : 'status'}>
      {title !== undefined && <p class="notice-title">{title}</p>}
      {children}
    </div>
  );
}

/** What went wrong, in the server's words; with its faults one by one where it names them. */
export function ErrorNotice({ error, title }: { readonly error: unknown; readonly title?: string }) {
  if (error === undefined) return null;
  // It is said once, on top of the page.
  if (error instanceof ApiProblem && error.code === 'store_unavailable' && !storeNews.value.reachable) return null;
  const faults = error instanceof ApiProblem && Array.isArray(error.extra.faults) ? error.extra.faults : [];
  return (
    <Notice tone="problem" {...(title !== undefined && { title })}>
      <p>{messageOf(error)}</p>
      {faults.length > 0 && (
        <ul>
          {faults.map((fault: { path?: string; message?: string }) => (
            <li key={`${fault.path}${fault.message}`}>{[fault.path, fault.message].filter(Boolean).join(': ')}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
