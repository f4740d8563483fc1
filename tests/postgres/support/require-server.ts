import { inject } from 'vitest';

// Before each file: without the server none of its tests can say anything.
const problem = inject('postgresProblem');
if (problem !== '') throw new Error(problem);
