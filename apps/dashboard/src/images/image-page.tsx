import { texts } from '../texts/index.js';
import { EmptyState } from '../ui/states.js';

export function ImagePage() {
  return <EmptyState title={texts.shell.comingSoon} />;
}
