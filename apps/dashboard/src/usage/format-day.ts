const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** A day of the server, which counts in UTC, wherever the reader is. */
export const formatDay = (date: string): string => day.format(new Date(date));
