import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { hasCode } from '../api/errors.js';
import { checkLink } from '../api/session.js';
import { texts } from '../texts/index.js';
import { buttonClass } from '../ui/button.js';
import { Loaded, SkeletonRows } from '../ui/states.js';
import { AcceptForm } from './accept-form.js';
import { Entrance } from './entrance.js';
import { linkToken } from './link-token.js';

/** Behind the link of the first start and of an invitation. */
export function AcceptPage() {
  const token = linkToken();
  const { noToken } = texts.access.accept;
  if (token === null) {
    return (
      <Entrance title={noToken.title} text={noToken.text}>
        <ToSignIn />
      </Entrance>
    );
  }
  return <CheckedLink token={token} />;
}

function CheckedLink({ token }: { readonly token: string }) {
  const setup = useLocation().pathname === '/dashboard/setup';
  const { accept } = texts.access;
  const link = useQuery({
    queryKey: ['link'],
    queryFn: () => checkLink(token),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (hasCode(link.error, 'invitation_invalid')) {
    const text = accept.invalid[setup ? 'setup' : 'invitation'];
    return (
      <Entrance title={accept.invalid.title} text={text}>
        <ToSignIn />
      </Entrance>
    );
  }
  const { title, text, action } = accept[link.data?.kind ?? (setup ? 'setup' : 'invitation')];
  return (
    <Entrance title={title} text={text}>
      <Loaded query={link} skeleton={<SkeletonRows />}>
        {({ email }) => <AcceptForm token={token} email={email} action={action} />}
      </Loaded>
    </Entrance>
  );
}

function ToSignIn() {
  return (
    <Link to="/dashboard/sign-in" className={buttonClass()}>
      {texts.access.accept.toSignIn}
    </Link>
  );
}
