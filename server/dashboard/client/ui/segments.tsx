/** One of a few, all of them in view. */
interface ChoiceProps<T extends string> {
  /** What is chosen. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChange: (value: T) => void;
}

export function Segments<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="segments">
      <legend class="hidden-text">{label}</legend>
      {options.map(([one, name]) => (
        <label key={one}>
          <input type="radio" name={label} value={one} checked={one === value} onChange={() => onChange(one)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
