import { runChecks } from './checks.mjs';

// For workerd: the request's body is the task, the response's body is the report.

export default {
  /** @param {Request} request */
  async fetch(request) {
    const task = /** @type {import('./report.js').Task} */ (await request.json());
    return Response.json(await runChecks(task));
  },
};
