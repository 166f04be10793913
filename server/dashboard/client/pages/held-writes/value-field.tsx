/** The input of a value, fit for what the field may be. */
import type { FormField } from '../../../../admin/held-writes/held-write-form.ts';
import { Select, TextArea, TextField } from '../../ui/fields.tsx';
import { editorOf } from './typed-value.ts';

interface ValueFieldProps {
  readonly field: FormField;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onInput: (text: string) => void;
}

export function ValueField({ field: { field, schema }, text, fault, onInput }: ValueFieldProps) {
  const common = { label: `Value of ${field}`, value: text, fault };
  const { minimum, maximum, format, enum: choices = [], type } = schema;
  switch (editorOf(schema)) {
    case 'choice':
      return (
        <Select
          {...common}
          onChange={onInput}
          options={[['', 'Choose…'], ...choices.map((value) => [value, value] as const)]}
        />
      );
    case 'yes-no':
      return (
        <Select
          {...common}
          onChange={onInput}
          options={[
            ['', 'Choose…'],
            ['true', 'yes'],
            ['false', 'no'],
          ]}
        />
      );
    case 'number':
      return <TextField {...common} onInput={onInput} hint={rangeWords(minimum, maximum)} />;
    case 'lines':
      return <TextArea {...common} onInput={onInput} hint="One on each line" />;
    case 'json':
      return (
        <TextArea {...common} onInput={onInput} rows={8} hint={`JSON: ${type === 'array' ? 'a list' : 'an object'}`} />
      );
    case 'long-text':
      return <TextArea {...common} onInput={onInput} />;
    default:
      return <TextField {...common} onInput={onInput} {...(format && { hint: FORMAT_WORDS[format] })} />;
  }
}

const FORMAT_WORDS = {
  date: 'A day, as 2026-03-01',
  'date-time': 'A time in UTC, as 2026-03-01T09:30:00.000Z',
  email: 'An e-mail address',
} as const;

function rangeWords(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum === undefined && maximum === undefined) return 'A number';
  if (maximum === undefined) return `${minimum} or more`;
  return minimum === undefined ? `${maximum} or less` : `${minimum} to ${maximum}`;
}
