/** The frame of a page: its heading, which gets the focus when the page is come to, and what stands beside it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Resource } from '../resource.ts';
import { ErrorNotice } from './notice.tsx';

interface PageProps {
  readonly title: string;
  /** One or two sentences: what this page is for. */
  readonly lead?: ComponentChildren;
  /** Buttons and links beside the heading. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – VitaSync`;
  }, [title]);
  // The first page is not come to from anywhere. Later than this, it would take the focus from whoever goes on at once.
  useLayoutEffect(() => {
    if (document.activeElement !== document.body || performance.now() > 3_000)
      heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p class="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface LoadedProps<T> {
  readonly resource: Pick<Resource<T>, 'data' | 'error'>;
  readonly children: (data: T) => ComponentChildren;
}

/** What was loaded, with the fault above it where the last try failed; says that it is being loaded until then. */
export function Loaded<T>({ resource: { data, error }, children }: LoadedProps<T>) {
  return (
    <>
      {error !== undefined && (
        <ErrorNotice error={error} title={data === undefined ? 'This could not be read' : 'This is no longer fresh'} />
      )}
      {data !== undefined && children(data)}
      {data === undefined && error === undefined && <p class="quiet">Loading…</p>}
    </>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, actions, children }: Omit<PageProps, 'lead'>) {
  return (
    <section class="section" aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
