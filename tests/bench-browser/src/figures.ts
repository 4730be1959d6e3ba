// Figures with their goals, for people and for programs; and medians.

/** A bound on a figure. */
export interface Goal {
  atLeast?: number;
  atMost?: number;
}

export interface Figure {
  name: string;
  /** Undefined where it could not be measured. */
  value: number | undefined;
  unit: string;
  goal?: Goal;
  /** What explains it: beside the value. */
  note?: string;
}

export function figure(name: string, value: number | undefined, unit: string, goal?: Goal, note?: string): Figure {
  const known = value !== undefined && Number.isFinite(value) ? value : undefined;
  return { name, value: known, unit, ...(goal !== undefined && { goal }), ...(note !== undefined && { note }) };
}

/** Undefined where there is no goal, or nothing was measured. */
export function holds({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined || value === undefined) return undefined;
  return value >= (goal.atLeast ?? -Infinity) && value <= (goal.atMost ?? Infinity);
}

/** For a program. */
export function json(figures: readonly Figure[]): string {
  return JSON.stringify({
    figures: figures.map((figure) => ({
      name: figure.name, value: figure.value ?? null, unit: figure.unit, goal: goalOf(figure) || null, holds: holds(figure) ?? null,
      ...(figure.note !== undefined && { note: figure.note }),
    })),
  });
}

/** For a person: a line for each figure. */
export function line(figure: Figure): string {
  const verdict = figure.goal === undefined ? '' : { true: 'holds', false: 'MISSED', undefined: 'not measured' }[`${holds(figure)}`];
  const goal = figure.goal === undefined ? '' : `goal ${goalOf(figure)}`;
  const value = figure.value === undefined ? '-' : digits(figure.value);
  const name = `${figure.name}, ${figure.unit}`;
  return `${name.padEnd(64)} ${value.padStart(9)}   ${goal.padEnd(13)} ${(verdict ?? '').padEnd(7)}${figure.note ?? ''}`.trimEnd();
}

/** The middle value, or the mean of the middle two; undefined where there are none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Undefined where one of both is missing. */
export function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

function goalOf({ goal }: Figure): string {
  if (goal?.atLeast !== undefined) return `>= ${goal.atLeast}`;
  return goal?.atMost !== undefined ? `<= ${goal.atMost}` : '';
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3);
}
