/** The clinics as cells, of which state each is by colour and shape. Arrow keys go from one to the next. */
import { useRef, useState } from 'preact/hooks';
import type { ClinicHealth } from '../../../../admin/monitoring/clinic-health.ts';
import { counted } from '../../format.ts';
import { ClinicFigures } from './clinic-figures.tsx';
import { STATE_NAMES } from './states.ts';

const SHAPES: Readonly<Record<ClinicHealth['state'], string>> = { problem: '■', attention: '▲', quiet: '○', ok: '●' };

export function HealthMap({ clinics }: { readonly clinics: readonly ClinicHealth[] }) {
  const [slug, setSlug] = useState<string | undefined>(undefined);
  const cells = useRef<HTMLUListElement>(null);
  const at = Math.max(
    0,
    clinics.findIndex((clinic) => clinic.slug === slug),
  );
  const chosen = clinics[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const links = [...(cells.current?.querySelectorAll('a') ?? [])];
    const next = links[nextCell(event.key, at, links)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div class="map">
      <ul class="map-cells" ref={cells} aria-label="Clinics; arrow keys go from one to the next" onKeyDown={onKeyDown}>
        {clinics.map((clinic, n) => (
          <li key={clinic.slug}>
            <a
              class={`map-cell map-${clinic.state}`}
              href={`/admin/devices?clinic=${encodeURIComponent(clinic.slug)}`}
              tabIndex={n === at ? 0 : -1}
              title={titleOf(clinic)}
              aria-label={titleOf(clinic)}
              onFocus={() => setSlug(clinic.slug)}
              onMouseEnter={() => setSlug(clinic.slug)}
            >
              {SHAPES[clinic.state]}
            </a>
          </li>
        ))}
      </ul>
      {chosen && <ClinicFigures clinic={chosen} />}
    </div>
  );
}

const titleOf = ({ name, state, why, devices }: ClinicHealth): string =>
  `${name}: ${STATE_NAMES[state].toLowerCase()}${why === undefined ? '' : `, ${why}`}; ${counted(devices, 'device')}`;

/** Where a key goes from the cell at a place; -1 where it goes nowhere. */
function nextCell(key: string, at: number, cells: readonly HTMLElement[]): number {
  const top = cells[0]?.offsetTop;
  const columns = Math.max(1, cells.filter(({ offsetTop }) => offsetTop === top).length);
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    Home: 0,
    End: cells.length - 1,
  };
  return steps[key] ?? -1;
}
