/** A value of a document, as it can be read: lists as lists, objects by their fields. */

export function FieldValue({ value }: { readonly value: unknown }) {
  if (value === undefined) return <span class="quiet">nothing</span>;
  if (value === null) return <span class="quiet">null</span>;
  if (typeof value === 'boolean') return <>{value ? 'yes' : 'no'}</>;
  if (value === '') return <span class="quiet">empty text</span>;
  if (typeof value !== 'object') return <span class="held-text">{String(value)}</span>;
  if (Array.isArray(value)) return <ListValue items={value} />;
  const fields = Object.entries(value);
  if (fields.length === 0) return <span class="quiet">no fields</span>;
  return (
    <dl class="held-object">
      {fields.map(([name, one]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <FieldValue value={one} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function ListValue({ items }: { readonly items: readonly unknown[] }) {
  if (items.length === 0) return <span class="quiet">empty list</span>;
  if (items.every((item) => typeof item !== 'object')) return <span class="held-text">{items.join(', ')}</span>;
  return (
    <ol class="held-items">
      {items.map((item, at) => (
        <li key={at}>
          <FieldValue value={item} />
        </li>
      ))}
    </ol>
  );
}

const MAX_BRIEF = 120;

/** On one line, where there is room for no more. */
export function briefly(value: unknown): string {
  const text = onOneLine(value);
  return text.length > MAX_BRIEF ? `${text.slice(0, MAX_BRIEF)}…` : text;
}

function onOneLine(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(onOneLine).join('; ') || 'empty list';
  return Object.entries(value)
    .map(([name, one]) => `${name} ${onOneLine(one)}`)
    .join(', ');
}
