import type { ControlApp } from '../context.js';
import type { ControlServices } from '../services.js';

/** Every route of `/v1/auth`. */
export function authRoutes(_app: ControlApp, _services: ControlServices): void {}
