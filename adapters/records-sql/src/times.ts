const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The beginning of a time's minute: times of use are kept no closer, so that few of them are written. */
export const minuteOf = (time: number): number => time - (time % MINUTE);

export const hourOf = (time: number): number => time - (time % HOUR);
