/** Fields of forms and filters, each with its label. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  /** Below the field. */
  readonly hint?: string;
  /** Says what is wrong with the value. */
  readonly fault?: string | undefined;
  readonly children: (attributes: {
    id: string;
    'aria-describedby'?: string;
    'aria-invalid'?: true;
  }) => ComponentChildren;
}

export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, ...(described && { 'aria-describedby': described }), ...(fault && { 'aria-invalid': true }) })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'number';
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
}

export function TextField({
  value,
  onInput,
  type = 'text',
  autofocus = false,
  autocomplete = 'off',
  ...rest
}: TextFieldProps) {
  const { required = false, maxLength, ...field } = rest;
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (autofocus) input.current?.focus();
  }, [autofocus]);
  return (
    <Field {...field}>
      {(attributes) => (
        <input
          {...attributes}
          ref={input}
          class="input"
          {...ofType(type)}
          value={value}
          required={required}
          maxLength={maxLength}
          autocomplete={autocomplete}
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** The types of Preact tell each type of input apart, this one does not. */
const ofType = (type: string) => ({ type }) as { type: 'text' };

export function TextArea({
  value,
  onInput,
  rows = 3,
  ...rest
}: Omit<TextFieldProps, 'type' | 'autofocus' | 'autocomplete'> & { readonly rows?: number }) {
  const { required = false, maxLength, ...field } = rest;
  return (
    <Field {...field}>
      {(attributes) => (
        <textarea
          {...attributes}
          class="input"
          rows={rows}
          value={value}
          required={required}
          maxLength={maxLength}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SelectProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Values with what they are called. */
  readonly options: readonly (readonly [value: string, name: string])[];
}

export function Select({ value, onChange, options, ...field }: SelectProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <select {...attributes} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckboxProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

const TYPING_MS = 250;

/** A field of what is searched for, which asks when somebody stops typing. */
export function SearchField({
  label,
  value,
  onSearch,
}: {
  readonly label: string;
  readonly value: string;
  readonly onSearch: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // What is typed and not asked for yet stays, and the space before the next word.
  useLayoutEffect(() => {
    if (timer.current === undefined) setText((typed) => (typed.trim() === value ? typed : value));
  }, [value]);
  useLayoutEffect(() => () => clearTimeout(timer.current), []);
  return (
    <TextField
      label={label}
      type="search"
      value={text}
      onInput={(typed) => {
        setText(typed);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          timer.current = undefined;
          onSearch(typed.trim());
        }, TYPING_MS);
      }}
    />
  );
}
