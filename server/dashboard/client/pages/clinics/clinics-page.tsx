/** The clinics of the network, with who works there and on how many devices. */
import { useState } from 'preact/hooks';
import type { ClinicUsage } from '../../../../admin/devices/clinic-usage-route.ts';
import { withQuery } from '../../api.ts';
import type { ClinicDocument } from '../../clinics.ts';
import { formatCount } from '../../format.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { SearchField } from '../../ui/fields.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import { CreateClinic, DeleteClinic, EditClinic } from './clinic-dialogs.tsx';

type Usage = ReadonlyMap<string, ClinicUsage>;
type Open = { readonly action: 'create' } | { readonly action: 'edit' | 'delete'; readonly clinic: ClinicDocument };

export function ClinicsPage() {
  const [{ q = '', sort = 'name' }, change] = useQueryState();
  const list = usePagedList<ClinicDocument>(withQuery('/api/clinics', { q, sort }), ['documents']);
  const counts = useResource<{ items: ClinicUsage[] }>('/api/admin/clinic-usage', ['accounts', 'devices']);
  const usage = counts.data && new Map(counts.data.items.map((one) => [one.clinic, one]));
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const props = { onDone: () => list.refresh(), onClose: () => setOpen(undefined) };
  return (
    <Page
      title="Clinics"
      lead="Each clinic has a role database for doctors, nurses and pharmacists, which their tablets sync."
      actions={
        <button type="button" class="button button-primary" onClick={() => setOpen({ action: 'create' })}>
          New clinic…
        </button>
      }
    >
      <div class="filters">
        <SearchField label="Name or short name" value={q} onSearch={(text) => change({ q: text })} />
      </div>
      <ErrorNotice error={counts.error} title="Accounts and devices could not be counted" />
      <VirtualTable
        label="Clinics"
        list={list}
        columns={columnsOf(usage, setOpen)}
        keyOf={({ _id }) => _id}
        sort={sort}
        onSort={(by) => change({ sort: by === 'name' ? '' : by })}
        empty={q === '' ? 'There is no clinic yet.' : 'No clinic is called that.'}
      />
      {open?.action === 'create' && <CreateClinic {...props} />}
      {open?.action === 'edit' && <EditClinic clinic={open.clinic} {...props} />}
      {open?.action === 'delete' && (
        <DeleteClinic clinic={open.clinic} usage={usage?.get(open.clinic.slug)} {...props} />
      )}
    </Page>
  );
}

function columnsOf(usage: Usage | undefined, open: (what: Open) => void): Column<ClinicDocument>[] {
  return [
    { key: 'name', title: 'Name', width: 'minmax(11rem, 2fr)', sort: 'name', cell: ({ name }) => name },
    { key: 'slug', title: 'Short name', width: 'minmax(8rem, 1fr)', cell: ({ slug }) => <code>{slug}</code> },
    {
      key: 'devices',
      title: 'Devices',
      width: '11rem',
      cell: ({ slug }) => <Devices slug={slug} usage={usage} />,
    },
    {
      key: 'accounts',
      title: 'Accounts',
      width: '7.5rem',
      cell: ({ slug }) => (
        <Count
          usage={usage}
          href={`/admin/accounts?clinicId=${slug}`}
          label={slug}
          of={usage?.get(slug)?.accounts ?? 0}
        />
      ),
    },
    { key: 'address', title: 'Address', width: 'minmax(9rem, 2fr)', cell: ({ address }) => address ?? '' },
    { key: 'phone', title: 'Telephone', width: '9rem', cell: ({ phoneNumber }) => phoneNumber ?? '' },
    {
      key: 'actions',
      title: 'Actions',
      width: '10.5rem',
      cell: (clinic) => <RowActions clinic={clinic} open={open} />,
    },
  ];
}

function Devices({ slug, usage }: { readonly slug: string; readonly usage: Usage | undefined }) {
  const { devices = 0, connected = 0 } = usage?.get(slug) ?? {};
  return (
    <>
      <Count usage={usage} href={`/admin/devices?clinic=${slug}`} label={slug} of={devices} />
      {connected > 0 && <span class="quiet">, {formatCount(connected)} connected</span>}
    </>
  );
}

interface CountProps {
  readonly usage: Usage | undefined;
  readonly href: string;
  /** The clinic, for those who hear the link alone. */
  readonly label: string;
  readonly of: number;
}

function Count({ usage, href, label, of }: CountProps) {
  if (!usage) return <span class="quiet">…</span>;
  if (of === 0) return <span class="quiet">0</span>;
  return (
    <a href={href}>
      {formatCount(of)}
      <span class="hidden-text"> of {label}</span>
    </a>
  );
}

function RowActions({ clinic, open }: { readonly clinic: ClinicDocument; readonly open: (what: Open) => void }) {
  return (
    <span class="row-actions">
      <button
        type="button"
        class="button button-small"
        aria-label={`Edit ${clinic.name}`}
        onClick={() => open({ action: 'edit', clinic })}
      >
        Edit…
      </button>
      <button
        type="button"
        class="button button-small button-danger"
        aria-label={`Delete ${clinic.name}`}
        onClick={() => open({ action: 'delete', clinic })}
      >
        Delete…
      </button>
    </span>
  );
}
