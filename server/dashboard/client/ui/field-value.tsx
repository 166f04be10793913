/** The value of a field of a document, as text that can be compared. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : isListOfWords(value) ? value.join(', ') : JSON.stringify(value, undefined, 2);

const isListOfWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');

export function FieldValue({ value }: { readonly value: unknown }) {
  if (value === undefined) return <span class="quiet">–</span>;
  const isStructured = typeof value === 'object' && value !== null && !isListOfWords(value);
  return isStructured ? (
    <pre class="field-value">{valueText(value)}</pre>
  ) : (
    <span class="field-value">{valueText(value)}</span>
  );
}
