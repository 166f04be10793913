/** What was held, why, and by whom. */
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { Ago } from '../../ui/ago.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Facts, Section } from '../../ui/page.tsx';
import { documentAddress, namesDocument, whoOf } from './document-words.ts';
import { filtersOf, listAddress } from './held-query.ts';
import { meaningOf, shortReason } from './reason-words.ts';

export function HeldReason({ detail: { code, message, faults = [] } }: { readonly detail: HeldWriteDetail }) {
  return (
    <Section title={shortReason(code)}>
      <p>{message}</p>
      {faults.length > 0 && (
        <ul>
          {faults.map(({ path, message: fault }) => (
            <li key={`${path}${fault}`}>
              <code>{path === '' ? 'the document' : path.slice(1)}</code> {fault}
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">{meaningOf(code)}</p>
    </Section>
  );
}

export function HeldFacts({ detail }: { readonly detail: HeldWriteDetail }) {
  const { documentId, by, userName, userId, heldAt, rev, parent, stored } = detail;
  const author = whoOf(userName, userId);
  return (
    <Section title="Who, when and where">
      <Facts
        items={[
          [
            'Document',
            namesDocument(documentId) ? (
              <a key="document" href={documentAddress(documentId)}>
                <code>{documentId}</code>
              </a>
            ) : (
              <span key="document">
                <code>{documentId}</code>, which is no document’s
              </span>
            ),
          ],
          [
            'Author',
            userId === undefined ? (
              author
            ) : (
              <>
                <a href={listAddress({ ...filtersOf({}), userId })} title="All open ones of this author">
                  {author}
                </a>
                {by ? `, ${by.role}` : ''}
              </>
            ),
          ],
          ['Clinic of the author', by?.clinicId ?? 'none'],
          ['Device', by?.deviceId === undefined ? 'not known' : <DeviceLink key="device" deviceId={by.deviceId} />],
          ['Came', <Ago key="came" at={heldAt} />],
          ['Held revision', <Revision key="held" rev={rev} />],
          ['Grew from', parent === null ? 'nothing: a new document' : <Revision key="parent" rev={parent} />],
          ['Stored now', <StoredNow key="stored" stored={stored} />],
        ]}
      />
    </Section>
  );
}

const DeviceLink = ({ deviceId }: { readonly deviceId: string }) => (
  <a href={`/admin/devices/${encodeURIComponent(deviceId)}`}>
    <code>{deviceId}</code>
  </a>
);

/** A revision by its number and the beginning of its hash; whole in the tooltip. */
export function Revision({ rev }: { readonly rev: string }) {
  const [generation, hash = ''] = rev.split('-');
  return (
    <code title={rev}>
      {generation}-{hash.slice(0, 8)}
    </code>
  );
}

function StoredNow({ stored }: { readonly stored: HeldWriteDetail['stored'] | undefined }) {
  if (!stored) return <>nothing</>;
  const { updatedAt, updatedBy } = stored.body;
  const by = typeof updatedBy === 'string' ? ` by ${whoOf(stored.byName, updatedBy)}` : '';
  return (
    <>
      <Revision rev={stored.rev} />
      {stored.deleted ? ', deleted' : ''}
      {typeof updatedAt === 'string' && (
        <>
          , changed <Ago at={updatedAt} />
          {by}
        </>
      )}
    </>
  );
}

/** What an administrator decided, and what it became. */
export function HeldDecisionNotice({ decision }: { readonly decision: NonNullable<HeldWriteDetail['decision']> }) {
  const { outcome, by, byName, at, note, rev } = decision;
  const who = whoOf(byName, by);
  return (
    <Notice tone={outcome === 'accepted' ? 'ok' : 'info'} title={outcome === 'accepted' ? 'Accepted' : 'Rejected'}>
      <p>
        By {who}, <Ago at={at} />.{' '}
        {rev !== undefined && (
          <>
            The document became revision <Revision rev={rev} />.
          </>
        )}
      </p>
      {note !== undefined && <p>Note: {note}</p>}
    </Notice>
  );
}
