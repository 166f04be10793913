/** The revision tree, drawn from left to right. Every revision can be reached and chosen by keyboard, and says what it is. */
import { useMemo, useState } from 'preact/hooks';
import type { RevisionView } from '../../../../admin/documents/revision-tree.ts';
import { kindOf, placeOf, shortRev } from './document-words.ts';
import { type Edge, layoutOf, type PlacedRevision } from './revision-layout.ts';

interface RevisionGraphProps {
  readonly revisions: readonly RevisionView[];
  readonly selected: string;
  readonly onSelect: (rev: string) => void;
}

const COLUMN = 92;
const LANE = 68;
const MARGIN = 46;
const RADIUS = 11;
/** A history of years is long: so many of its newest generations are drawn at first. */
const MAX_GENERATIONS = 60;

const xOf = ({ column }: PlacedRevision): number => MARGIN + column * COLUMN;
const yOf = ({ lane }: PlacedRevision): number => MARGIN / 2 + RADIUS + lane * LANE;

export function RevisionGraph({ revisions, selected, onSelect }: RevisionGraphProps) {
  const [isWhole, showWhole] = useState(false);
  const newest = revisions[0]?.generation ?? 0;
  const shown = isWhole ? revisions : revisions.filter(({ generation }) => generation > newest - MAX_GENERATIONS);
  const layout = useMemo(() => layoutOf(shown), [shown.map(({ rev, winner }) => `${rev}${winner}`).join()]);
  const width = 2 * MARGIN + (layout.columns - 1) * COLUMN;
  const height = MARGIN + 2 * RADIUS + (layout.lanes - 1) * LANE + 18;
  return (
    <div>
      {shown.length < revisions.length && (
        <button type="button" class="button button-small" onClick={() => showWhole(true)}>
          Draw the older revisions as well
        </button>
      )}
      <section class="tree" aria-label="Revision tree">
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
          <title>Revision tree</title>
          {layout.edges.map((edge) => (
            <path
              key={`${edge.from.revision.rev} ${edge.to.revision.rev}`}
              class={edge.merged ? 'tree-edge tree-edge-merged' : 'tree-edge'}
              d={curveOf(edge)}
            />
          ))}
          {layout.placed.map((placed) => (
            <Node
              key={placed.revision.rev}
              placed={placed}
              isSelected={placed.revision.rev === selected}
              onSelect={onSelect}
            />
          ))}
        </svg>
      </section>
      <Legend />
    </div>
  );
}

function curveOf({ from, to }: Edge): string {
  const [x1, y1, x2, y2] = [xOf(from), yOf(from), xOf(to), yOf(to)];
  // A merge and the end of the other side may be of one generation: the line then runs around the right.
  const bend = x2 > x1 ? (x2 - x1) / 2 : COLUMN / 2;
  const end = x2 > x1 ? x2 - bend : x2 + bend;
  return `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${end} ${y2}, ${x2} ${y2}`;
}

interface NodeProps {
  readonly placed: PlacedRevision;
  readonly isSelected: boolean;
  readonly onSelect: (rev: string) => void;
}

function Node({ placed, isSelected, onSelect }: NodeProps) {
  const { revision } = placed;
  const [x, y] = [xOf(placed), yOf(placed)];
  const choose = () => onSelect(revision.rev);
  const place = placeOf(revision);
  const label = `${shortRev(revision.rev)}: ${kindOf(revision)}${place ? `, ${place}` : ''}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing
    <g
      class={`tree-node tree-node-${shapeOf(revision)}${revision.winner ? ' is-winner' : ''}${isSelected ? ' is-selected' : ''}`}
      role="button"
      // As SVG writes it: here letters count.
      tabindex={0}
      aria-pressed={isSelected}
      aria-label={label}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
    >
      <title>{label}</title>
      <circle class="tree-halo" cx={x} cy={y} r={RADIUS + 6} />
      <Shape shape={shapeOf(revision)} x={x} y={y} isCrossed={revision.deleted === true} />
      <text class="tree-label" x={x} y={y + RADIUS + 18} text-anchor="middle">
        {shortRev(revision.rev)}
      </text>
    </g>
  );
}

function shapeOf({ kept, deleted, origin }: RevisionView): 'forgotten' | 'deleted' | 'merge' | 'usual' {
  if (!kept) return 'forgotten';
  if (deleted) return 'deleted';
  return origin === 'merge' ? 'merge' : 'usual';
}

interface ShapeProps {
  readonly shape: ReturnType<typeof shapeOf>;
  readonly x: number;
  readonly y: number;
  readonly isCrossed?: boolean;
}

function Shape({ shape, x, y, isCrossed = false }: ShapeProps) {
  const side = 2 * RADIUS - 3;
  return (
    <>
      {shape === 'merge' ? (
        <rect
          class="tree-shape"
          x={x - side / 2}
          y={y - side / 2}
          width={side}
          height={side}
          transform={`rotate(45 ${x} ${y})`}
        />
      ) : (
        <circle class="tree-shape" cx={x} cy={y} r={RADIUS} />
      )}
      {isCrossed && <path class="tree-cross" d={`M ${x - 5} ${y - 5} l 10 10 M ${x + 5} ${y - 5} l -10 10`} />}
    </>
  );
}

const MARKS = [
  ['present document', 'usual', ' is-winner'],
  ['earlier revision', 'usual', ''],
  ['merge', 'merge', ''],
  ['deletion', 'deleted', ''],
  ['forgotten', 'forgotten', ''],
] as const;

/** Drawn as in the tree; what it says is in the table as well. */
function Legend() {
  return (
    <ul class="tree-legend">
      {MARKS.map(([name, shape, more]) => (
        <li key={name}>
          <svg
            width="32"
            height="32"
            viewBox="0 0 32 32"
            aria-hidden="true"
            class={`tree-node tree-node-${shape}${more}`}
          >
            <Shape shape={shape} x={16} y={16} isCrossed={shape === 'deleted'} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
