import { runChecks } from './checks.mjs';

// workerd: the task as the request's body, the report as the answer's.

export default {
  /** @param {Request} request */
  async fetch(request) {
    const task = /** @type {import('./report.js').Task} */ (await request.json());
    return Response.json(await runChecks(task));
  },
};
