import { useQueryClient } from '@tanstack/react-query';
import { createFileRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { recipientsKey, revokeRecipient } from '../api/recipients.js';
import { RecipientList } from '../recipients/recipient-list.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { SearchInput } from '../ui/search-input.js';
import { useToast } from '../ui/toasts.js';
import { useDebounced } from '../ui/use-debounced.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/recipients')({
  component: RecipientsPage,
});

const SEARCH_DELAY_MS = 250;

/** Who reads the private images of a project, and an end to it. */
function RecipientsPage() {
  const { project } = Route.useParams();
  useTitle(`Recipients · ${project}`);
  const queryClient = useQueryClient();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [revoking, setRevoking] = useState<string | null>(null);
  const revoke = async (sub: string) => {
    await revokeRecipient(project, sub);
    await queryClient.invalidateQueries({ queryKey: recipientsKey(project) });
    toast({ text: `All links of ${sub} are revoked` });
  };
  return (
    <PageBody>
      <PageHeader
        title="Recipients"
        actions={<SearchInput label="Search recipients" value={typed} onChange={setTyped} />}
      >
        Whom your server gave links to private images, with their reads of the last 30 days.
      </PageHeader>
      <RecipientList
        project={project}
        q={useDebounced(typed.trim(), SEARCH_DELAY_MS)}
        onRevoke={setRevoking}
      />
      {revoking !== null && (
        <ConfirmDialog
          title={`Revoke ${revoking}?`}
          action="Revoke recipient"
          onClose={() => setRevoking(null)}
          onConfirm={() => revoke(revoking)}
        >
          Every link that your server has given to this recipient stops working immediately, for all
          images of {project}. Links that it gives afterwards work: to lock the recipient out, stop
          signing for it as well. Browsers keep existing copies for up to 5 minutes.
        </ConfirmDialog>
      )}
    </PageBody>
  );
}
