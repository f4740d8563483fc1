import { Link } from '@tanstack/react-router';
import { buttonVariants } from '../ui/button.js';

/** Leads from a page whose link does not work to the sign-in. */
export function SignInLink() {
  return (
    <Link to="/dashboard/sign-in" className={buttonVariants()}>
      Sign in instead
    </Link>
  );
}
