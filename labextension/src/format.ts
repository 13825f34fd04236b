// Figures as people read them.

const KIB = 1024;

/** `55,296 B`: exact. */
export function exactBytes(count: number): string {
  return `${count.toLocaleString('en-US')} B`;
}

/** `54 KiB`: rounded to three or four digits. */
export function size(count: number): string {
  if (count < KIB) {
    return `${count} B`;
  }
  return count < KIB * KIB ? `${digits(count / KIB)} KiB` : `${digits(count / (KIB * KIB))} MiB`;
}

/** `300.8 M`: a plain count. */
export function quantity(count: number): string {
  if (count < 10_000) {
    return count.toLocaleString('en-US');
  }
  return count < 1e6 ? `${digits(count / 1e3)} k` : count < 1e9 ? `${digits(count / 1e6)} M` : `${digits(count / 1e9)} G`;
}

/** `1×96×96×3`. */
export function shape(dims: readonly number[]): string {
  return dims.length === 0 ? 'scalar' : dims.join('×');
}

/** `step 4`, or `steps 4–9`; `end` is the first step behind. */
export function steps(first: number, end: number): string {
  return end - first <= 1 ? `step ${first}` : `steps ${first}–${end - 1}`;
}

function digits(value: number): string {
  const fixed = value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0);
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}
