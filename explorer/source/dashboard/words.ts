// How figures are written, in one place.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const CLOCK = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export const number = (value: number): string => (value >= 100 ? WHOLE : value >= 10 ? SHORT : FINE).format(value);
export const whole = (value: number): string => WHOLE.format(value);
export const percent = (share: number): string => `${SHORT.format(share * 100)} %`;
export const clock = (at: number): string => CLOCK.format(at);

export function milliseconds(value: number | null): string {
  if (value === null) return "–";
  return value >= 1000 ? `${FINE.format(value / 1000)} s` : `${number(value)} ms`;
}

export function bytes(value: number): string {
  if (value >= 1e9) return `${SHORT.format(value / 1e9)} GB`;
  return value >= 1e6 ? `${WHOLE.format(value / 1e6)} MB` : `${WHOLE.format(value / 1e3)} kB`;
}

export function age(seconds: number): string {
  if (seconds < 1) return "none";
  if (seconds < 90) return `${WHOLE.format(seconds)} s`;
  if (seconds < 5400) return `${WHOLE.format(seconds / 60)} min`;
  return seconds < 129600 ? `${WHOLE.format(seconds / 3600)} h` : `${WHOLE.format(seconds / 86400)} d`;
}

/** PENDING_REVIEW as people write it: Pending review; KYC_BUREAU: KYC bureau. */
export function spoken(word: string): string {
  const lowered = word.toLowerCase().replaceAll("_", " ").replace(/\bkyc\b/g, "KYC");
  return lowered.charAt(0).toUpperCase() + lowered.slice(1);
}
