export const usage = {
  title: 'Usage',
  text: 'Counted by day, in UTC. The last day is today so far.',
  span: 'Days shown',
  spans: { 7: '7 days', 30: '30 days', 90: '90 days' },
  now: {
    label: 'In these days, and now',
    stored: 'Stored now',
    of: (quota: string) => `of ${quota}`,
    images: 'Images now',
    reads: 'Reads',
    sent: 'Sent',
    uploads: 'Uploads',
    deletes: (count: string) => `${count} deleted`,
  },
  total: (days: number) => `${days} days together`,
  lastDay: 'On the last day',
  table: 'As a table',
  day: 'Day',
  charts: {
    storage: {
      title: 'Storage',
      text: 'What the originals take, at the end of each day.',
      series: { stored: 'Stored' },
    },
    reads: {
      title: 'Reads',
      text: 'What requests for images were answered with.',
      series: {
        ok: '200 image',
        notModified: '304 not modified',
        missing: '403 no token',
        expired: '403 expired',
        other: '403 other',
      },
    },
    cache: {
      title: 'Edge cache',
      text: 'Where images came from. Private ones never come from the edge cache.',
      series: { hit: 'Hit', miss: 'Miss', bypass: 'Private, bypassed' },
    },
    encode: {
      title: 'Image work',
      text: 'Seconds that making variants took.',
      series: { seconds: 'Seconds' },
    },
  },
  seconds: (seconds: string) => `${seconds} s`,
} as const;
