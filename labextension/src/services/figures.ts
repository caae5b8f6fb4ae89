/** Requests a second: "12/s", "0.3/s"; fewer than one in 20 s are counted by the minute. */
export function rate(perSecond: number): string {
  if (perSecond <= 0) {
    return '0/s';
  }
  return perSecond < 0.05
    ? `${digits(perSecond * 60)}/min`
    : `${digits(perSecond)}/s`;
}

/** A share of one: "0 %", "1.2 %", "62 %". */
export function share(part: number): string {
  return `${digits(part * 100)} %`;
}

/** Two digits after the point below one, one below ten, none above. */
function digits(value: number): string {
  const places = value < 0.995 ? 2 : value < 9.95 ? 1 : 0;
  return String(Number(value.toFixed(places)));
}
