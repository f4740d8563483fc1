import { texts } from '../texts/index.js';
import { EmptyState } from '../ui/states.js';

export function ImagesPage() {
  return <EmptyState title={texts.shell.comingSoon} />;
}
