import { inject } from 'vitest';

// Before each file: without the store none of its tests can say anything.
const problem = inject('s3Problem');
if (problem !== '') throw new Error(problem);
