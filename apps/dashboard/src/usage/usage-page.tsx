import { texts } from '../texts/index.js';
import { EmptyState } from '../ui/states.js';

export function UsagePage() {
  return <EmptyState title={texts.shell.comingSoon} />;
}
