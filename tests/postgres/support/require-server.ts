import { inject } from 'vitest';

// Runs before each file, because its tests need the server.
const problem = inject('postgresProblem');
if (problem !== '') throw new Error(problem);
