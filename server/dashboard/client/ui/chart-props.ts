/** What a chart is given. */
export interface ChartLine {
  readonly name: string;
  /** Of the theme: `--accent`. */
  readonly colour: string;
  /** Broken, so that lines can be told apart without their colours. */
  readonly dashed?: boolean;
  /** null where nothing is known. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** What one value is: `per minute`, `seconds`. */
  readonly unit: string;
  /** When each point begins, seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
}
