/** Which role databases hold the document, which devices have confirmed it, and which writes of it are held. */
import type { CopyView, DatabaseCopyView } from '../../../../admin/documents/database-copies.ts';
import type { DocumentView } from '../../../../admin/documents/document-inspection.ts';
import { formatCount } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { CONFIRMATION, HELD_WORDS } from './document-words.ts';
import { Rev } from './rev.tsx';

export function DatabasesSection({ databases }: Pick<DocumentView, 'databases'>) {
  return (
    <Section title="Role databases">
      <Table
        label="Role databases that hold it, or held it, or might"
        items={databases}
        keyOf={({ database }) => database}
        columns={[
          {
            title: 'Role database',
            cell: ({ database, state }) =>
              state === 'missing' ? (
                <code>{database}</code>
              ) : (
                <a href={`/admin/role-databases/${encodeURIComponent(database)}`}>
                  <code>{database}</code>
                </a>
              ),
          },
          { title: 'Holds', cell: ({ holds }) => <Copy copy={holds} /> },
          { title: 'Should hold', cell: ({ shouldHold }) => <Copy copy={shouldHold} /> },
          { title: 'Right', cell: (copy) => <Right copy={copy} /> },
        ]}
        empty="No role database could hold it."
      />
    </Section>
  );
}

function Copy({ copy }: { readonly copy: CopyView | undefined }) {
  if (!copy) return <span class="quiet">–</span>;
  const { holds, rev, hiddenFields } = copy;
  return (
    <>
      {HELD_WORDS[holds]}
      {rev !== undefined && (
        <>
          {' '}
          <Rev rev={rev} />
        </>
      )}
      {hiddenFields.length > 0 && <span class="quiet"> without {hiddenFields.join(', ')}</span>}
    </>
  );
}

function Right({ copy: { state, right } }: { readonly copy: DatabaseCopyView }) {
  if (state === 'missing') return <Badge tone="quiet">there is none: no account</Badge>;
  if (state === 'building') return <Badge tone="info">being built</Badge>;
  return right ? <Badge tone="ok">as the rules say</Badge> : <Badge tone="problem">not as the rules say</Badge>;
}

export function DevicesSection({ devices: { items, total }, people }: Pick<DocumentView, 'devices' | 'people'>) {
  return (
    <Section title="Devices">
      <p class="quiet">
        A device has confirmed the document when it came back for what follows it.
        {total > items.length && ` The ${formatCount(items.length)} last heard of, of ${formatCount(total)}.`}
      </p>
      <Table
        label="Devices that sync a role database which holds it"
        items={items}
        keyOf={({ deviceId, database }) => `${deviceId} ${database}`}
        columns={[
          {
            title: 'Device',
            cell: ({ deviceId, name, wrote }) => (
              <>
                <a href={`/admin/devices/${encodeURIComponent(deviceId)}`}>{name ?? deviceId}</a>
                {wrote && <span class="quiet"> wrote it</span>}
              </>
            ),
          },
          {
            title: 'Confirmed',
            cell: ({ confirmation, revoked }) => (
              <>
                <Badge tone={CONFIRMATION[confirmation][0]}>{CONFIRMATION[confirmation][1]}</Badge>
                {revoked && (
                  <>
                    {' '}
                    <Badge tone="quiet">revoked</Badge>
                  </>
                )}
              </>
            ),
          },
          { title: 'Of', cell: ({ owner }) => people[owner] ?? <code>{owner}</code> },
          { title: 'By', cell: ({ database }) => <code>{database}</code> },
          {
            title: 'Last heard of',
            cell: ({ lastContactAt, connected }) => (connected ? 'connected now' : <Ago at={lastContactAt} />),
          },
        ]}
        empty="No device has synced one of these databases yet."
      />
    </Section>
  );
}

export function HeldSection({ heldWrites }: Pick<DocumentView, 'heldWrites'>) {
  if (heldWrites.length === 0) return null;
  return (
    <Section title="Held writes">
      <Table
        label="Writes of it that were refused, and sides that a merge dropped"
        items={heldWrites}
        keyOf={({ id }) => id}
        columns={[
          { title: 'Why', cell: ({ id, message }) => <a href={`/admin/held-writes/${id}`}>{message}</a> },
          { title: 'Revision', cell: ({ rev }) => <Rev rev={rev} /> },
          { title: 'Came', cell: ({ heldAt }) => <Ago at={heldAt} /> },
          {
            title: 'Decision',
            cell: ({ decision }) =>
              decision ? <Badge tone="quiet">{decision.outcome}</Badge> : <Badge tone="attention">open</Badge>,
          },
        ]}
        empty="None."
      />
    </Section>
  );
}
