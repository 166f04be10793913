/** Every tablet that was ever logged in from: is it in sync, and if not, how far behind. */
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { withQuery } from '../../api.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { Page } from '../../ui/page.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { DEVICE_COLUMNS } from './device-columns.tsx';
import { DEVICE_FILTERS, DeviceFilters } from './device-filters.tsx';

const DEFAULT_SORT = '-lastContactAt';

export function DevicesPage() {
  const [query, change] = useQueryState();
  const sort = query.sort ?? DEFAULT_SORT;
  const filters = Object.fromEntries(DEVICE_FILTERS.map((name) => [name, query[name]]));
  const list = usePagedList<ListedDevice>(withQuery('/api/admin/devices', { ...filters, sort }), ['devices']);
  return (
    <Page
      title="Devices"
      lead="Every tablet that was ever logged in from. “To pull” is how many documents it would be sent if it asked now, counted as you look."
    >
      <DeviceFilters query={query} change={change} />
      <VirtualTable
        label="Devices"
        list={list}
        columns={DEVICE_COLUMNS}
        keyOf={({ deviceId }) => deviceId}
        sort={sort}
        onSort={(by) => change({ sort: by === DEFAULT_SORT ? '' : by })}
        empty="No device is like that."
      />
    </Page>
  );
}
