/** Every clinic: as a map, of which each cell is one, and as a list with its figures. */
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ClinicsHealth } from '../../../../admin/overview/overview-routes.ts';
import { withQuery } from '../../api.ts';
import { counted, formatCount } from '../../format.ts';
import { useLive } from '../../live.ts';
import { useQueryState } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { SearchField, Select } from '../../ui/fields.tsx';
import { Loaded, Section } from '../../ui/page.tsx';
import { Segments } from '../../ui/segments.tsx';
import { ClinicList } from './clinic-list.tsx';
import { HealthMap } from './health-map.tsx';
import { STATE_NAMES, STATES, TONES } from './states.ts';

const VIEWS = [
  ['map', 'Map'],
  ['list', 'List'],
] as const;
/** A thousand clinics are a quarter of a megabyte: not every second. */
const MANY = 200;
const CALM_MS = 5_000;

export function ClinicsSection() {
  const [query, change] = useQueryState();
  const { q = '', state = '', view = 'map' } = query;
  const section = useRef<HTMLDivElement>(null);
  const { url } = useLocation();
  useEffect(() => {
    if (location.hash === '#map') section.current?.scrollIntoView();
  }, [url]);
  const clinics = useResource<ClinicsHealth>(withQuery('/api/admin/clinics-health', { q, state }));
  useCalm(clinics.refresh, (clinics.data?.items.length ?? 0) > MANY ? CALM_MS : 1_000);
  return (
    <div id="map" ref={section}>
      <Section
        title="Clinics"
        actions={
          <Segments
            label="Show clinics as"
            value={view === 'list' ? 'list' : 'map'}
            options={VIEWS}
            onChange={(value) => change({ view: value === 'map' ? '' : value })}
          />
        }
      >
        <div class="filters">
          <SearchField label="Clinic" value={q} onSearch={(text) => change({ q: text })} />
          <Select
            label="State"
            value={state}
            onChange={(value) => change({ state: value })}
            options={[['', 'Every state'], ...STATES.map((one) => [one, STATE_NAMES[one]] as const)]}
          />
        </div>
        <Loaded resource={clinics}>
          {(known) => (
            <>
              <Totals clinics={known} />
              {known.items.length === 0 ? (
                <p class="quiet">{q || state ? 'No clinic is like this.' : 'There is no clinic yet.'}</p>
              ) : view === 'list' ? (
                <ClinicList clinics={known.items} />
              ) : (
                <HealthMap clinics={known.items} />
              )}
            </>
          )}
        </Loaded>
      </Section>
    </div>
  );
}

function Totals({ clinics: { states, total } }: { readonly clinics: ClinicsHealth }) {
  return (
    <p class="totals" role="status">
      <span>{counted(total, 'clinic')} shown.</span>
      {STATES.map((state) => (
        <Badge key={state} tone={TONES[state]}>
          {STATE_NAMES[state]}: {formatCount(states[state])}
        </Badge>
      ))}
    </p>
  );
}

/** Calls `refresh` when something changed, not more often than the interval, and once after the last change. */
function useCalm(refresh: () => void, intervalMs: number): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(['overview'], () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, intervalMs);
  });
}
