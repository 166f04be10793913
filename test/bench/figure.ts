/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly baseline: number;
  readonly unit: 'ms' | 'requests/s';
  /** Digits after the decimal point. */
  readonly digits?: number;
}

export function rowOf({ name, measured, baseline, unit, digits = 0 }: Figure): string[] {
  const text = (value: number) => `${value.toFixed(digits)} ${unit}`;
  return [name, text(measured), text(baseline), (measured / baseline).toFixed(2)];
}
