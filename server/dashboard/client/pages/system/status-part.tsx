/** One part of what was read of the system, with its age; or why it could not be read. */
import type { ComponentChildren } from 'preact';
import type { StatusPart } from '../../../../store/store-status.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';

interface StatusPartViewProps<T> {
  readonly part: StatusPart<T>;
  readonly children: (value: T) => ComponentChildren;
}

export function StatusPartView<T>({ part, children }: StatusPartViewProps<T>) {
  if ('problem' in part) {
    return (
      <>
        <Badge tone="attention">Not known</Badge> {part.problem}.
      </>
    );
  }
  return (
    <>
      {children(part.value)}{' '}
      <span class="quiet">
        (read <Ago at={part.readAt} />)
      </span>
    </>
  );
}
